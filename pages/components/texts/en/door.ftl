# The pages outside, and what the server says to whom it does not let in. Some hold HTML.

door-sign-in = Sign in
door-demo = Accounts are not switched on yet. Sign in as <b>admin</b> with the one-time password that the terminal printed at the start, and choose your own; from then on everybody signs in.
door-name = Name
door-password = Password
door-provider = Sign in with { $name }
door-provider-default = Sign in with your organisation's account
door-choose = Choose a password
door-one-time = This was a one-time password. Signed in as <b>{ $name }</b>.
door-others-end = All your other sessions end. Signed in as <b>{ $name }</b>.
door-present = Present password
door-new = New password, at least 12 characters
door-again = The same again
door-keep = Keep this password
door-sign-out = Sign out
door-stay = Stay
door-refused = You cannot come in
door-try-again = Try again
door-trouble-title = Something is wrong
door-trouble = The server cannot ask its database. Its log says why. Try again later.
door-not-the-same = The two new passwords are not the same. Type them again.
door-strange-form = This form was not sent from a page of this server. Open /sign-in and try again.

door-no-provider = Signing in with { $provider } is not set up. { $fault }
door-nobody = The provider did not say who you are. Ask an administrator.
door-other-address = The provider's word is for another address. Sign in again.
door-too-old = The provider's word is too old, or its clock is wrong. Sign in again.

gate-elsewhere = Without accounts this server answers only browsers on its own machine, by the name localhost. To be reached from elsewhere or through a proxy, make an account: python -m cxr_core users add NAME --role administrator
gate-administrators = Only for administrators.
gate-sign-in = Sign in first.

films-not-from-here = This was not sent from a page of this server.
films-other-window = These films belong to another window, or to one that was closed. Reload.
films-no-size = X-Upload-Size is missing or no number.
films-broken = The connection ended before the film did.

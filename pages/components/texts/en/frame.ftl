# The frame around every page: navigation, account, the lines at the foot.

page-triage = Triage
page-review = Review
page-compare = Compare
page-performance = Performance
page-data = Data
page-retrain = Retrain
page-admin = Admin
page-health = Health

research-line = Research use only. Not a medical device: no diagnosis, treatment or rule-out may rest on it.
demo-line = Single-user demo mode, on this machine only: no accounts, everybody is administrator.
demo-accounts = Switch accounts on

account-who = Signed in as { $name }, { $role }
account-menu = Account
account-password = Change password
account-sign-out = Sign out

signed-out-title = You are signed out
signed-out-told = Nothing was done. A session ends after an hour without use, after twelve hours, or when an administrator ends it. Films of this window have to be dropped again.
signed-out-door = Sign in
not-allowed-title = For administrators
not-allowed-told = Your role is reader, which this page is not for. Ask an administrator.
go-to-triage = Go to Triage

models-loading = Loading the models
models-ready = Ready on { $device }: { $models }
models-fault = The models cannot be loaded: { $fault }
model-refused = Model { $name } cannot be used, the others go on. { $fault }

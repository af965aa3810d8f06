/* newest.js: of calls that overtake each other the newest counts. Streamlit imports a component's
   script anew for every call, and while it is imported for the first time an older call, with
   what the page said before, may come in last. */

const drawn = new WeakMap(); // parentElement -> serial of the newest call

function newest(draw) {
  return (component) => {
    const { parentElement, data } = component;
    if (data.serial < (drawn.get(parentElement) ?? 0)) return undefined;
    drawn.set(parentElement, data.serial);
    return draw(component);
  };
}

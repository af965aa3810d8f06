/* mount.js: what Streamlit calls. Nothing is ever sent back from here; marks go by post.js. */

const viewers = new WeakMap(); // parentElement -> Desk: survives reruns

function viewerIn(parentElement) {
  const root = parentElement.querySelector(".viewer");
  const known = viewers.get(parentElement);
  if (known?.root === root && !known.off.signal.aborted) return known;
  known?.destroy();
  const viewer = new Desk(root);
  viewers.set(parentElement, viewer);
  return viewer;
}

export default newest(({ parentElement, data }) => {
  const viewer = viewerIn(parentElement);
  const call = (viewer.calls ?? 0) + 1;
  viewer.calls = call;
  viewer.load(data).catch((error) => {
    viewer.root.dataset.error = error.message;
    viewer.el.trouble.hidden = false;
    viewer.el.trouble.textContent = text("viewer-trouble", { fault: error.message });
  });
  // A superseded call cleans up late; it must not destroy the viewer that a newer call uses.
  return () => {
    if (viewer.calls === call) viewer.destroy();
  };
});

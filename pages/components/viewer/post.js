/* post.js: carries a film's marks between Python and the viewer beside it. A component of its
   own without a picture: when marks change, the film's megabytes are not sent again. */

const shared = (globalThis[Symbol.for("cxr-triage.film-viewer")] ??= {});
shared.posts ??= new Map(); // viewer's key -> what Python said last, and how to answer
shared.bell ??= new EventTarget();

export default newest(({ data, setStateValue }) => {
  const hand = (film, marks) => setStateValue("marks", { film, marks });
  shared.posts.set(data.viewer, { film: data.film, marks: data.marks, hand });
  shared.bell.dispatchEvent(new Event("post"));
});

/* pointer.js: mouse, touch and pen on the films. Left drag is the chosen tool or moves the mark
   under it, right drag windows, middle or Shift drag moves, two fingers move and zoom, the wheel
   zooms. */

const LEFT = 0;
const RIGHT = 2;
const MIDDLE = 1;
const FULL_RANGE_DRAG = 500; // CSS pixels that carry the level over the whole range

/* Which panel, and where in it in device pixels. */
function placeOf(event) {
  const film = event.target.closest(".film");
  if (!film) return null;
  const rectangle = film.getBoundingClientRect();
  return {
    number: Number(film.parentNode.dataset.panel),
    x: (event.clientX - rectangle.left) * devicePixelRatio,
    y: (event.clientY - rectangle.top) * devicePixelRatio,
  };
}

function dragMode(event, tool) {
  if (event.button === RIGHT) return "window";
  if (event.button === MIDDLE || event.shiftKey) return "pan";
  return tool;
}

function dragWindow(viewer, dx, dy) {
  const gain = (viewer.film.slope * viewer.film.top) / (FULL_RANGE_DRAG * devicePixelRatio);
  windowTo(viewer, viewer.view.width + 1.6 * dx * gain, viewer.view.level + dy * gain);
}

function pinch(viewer, last, now, other) {
  const before = Math.hypot(last.x - other.x, last.y - other.y);
  const after = Math.hypot(now.x - other.x, now.y - other.y);
  viewer.move((lens) => {
    lens.panBy((now.x - last.x) / 2, (now.y - last.y) / 2);
    lens.zoomBy(after / Math.max(1, before), (now.x + other.x) / 2, (now.y + other.y) / 2);
  });
}

function wheelZoom(viewer, event) {
  const place = placeOf(event);
  if (!place || !viewer.lens) return;
  // At the fitted size a downward wheel belongs to the page, or nobody gets past the viewer.
  if (!viewer.isZoomed && event.deltaY > 0) return;
  event.preventDefault();
  const pixels = event.deltaY * (event.deltaMode ? 30 : 1);
  const factor = Math.exp(-clamp(pixels, -240, 240) * 0.0016);
  viewer.move((lens) => lens.zoomBy(factor, place.x, place.y));
}

function wirePointer(desk, on) {
  const area = desk.el.panels;
  const held = new Map(); // pointer id -> its last place
  let mode = "window";

  on(area, "wheel", (event) => wheelZoom(desk.sideAt(event), event), { passive: false });
  on(area, "contextmenu", (event) => {
    if (event.target.closest(".film")) event.preventDefault();
  });
  on(area, "dblclick", (event) => {
    const viewer = desk.sideAt(event);
    const place = placeOf(event);
    if (!place || !viewer.lens) return;
    if (gripAt(viewer, place)) viewer.el.markLabel.focus();
    else if (!MARK_TOOLS.includes(viewer.prefs.tool)) viewer.showOnly(place.number);
  });
  on(area, "pointerdown", (event) => {
    const viewer = desk.sideAt(event);
    const place = placeOf(event);
    if (!place || !viewer.lens) return;
    event.target.closest(".film").setPointerCapture(event.pointerId);
    held.set(event.pointerId, { ...place, viewer });
    viewer.root.focus({ preventScroll: true });
    mode = dragMode(event, viewer.prefs.tool);
    if (held.size > 1) {
      cancelStroke(viewer); // two fingers zoom; what one of them began was no mark
      if (MARK_TOOLS.includes(mode)) mode = "none";
    } else if (mode === viewer.prefs.tool && event.button === LEFT) {
      mode = beginStroke(viewer, place, event.pointerType) ?? mode;
    }
    // Or the browser begins its own scrolling with the middle button.
    if (event.button === MIDDLE) event.preventDefault();
  });
  on(area, "pointermove", (event) => {
    const viewer = desk.sideAt(event);
    const place = placeOf(event);
    moveGlass(viewer, place);
    if (!place || !viewer.lens) {
      pointNowhere(viewer);
      return;
    }
    pointAt(viewer, place.number, place.x, place.y);
    const last = held.get(event.pointerId);
    if (!last) {
      viewer.root.dataset.over = gripAt(viewer, place) ? "mark" : "";
      return;
    }
    const dx = place.x - last.x;
    const dy = place.y - last.y;
    const fingers = [...held].filter(([, finger]) => finger.viewer === viewer);
    const other = fingers.find(([id]) => id !== event.pointerId)?.[1];
    if (other) pinch(viewer, last, place, other);
    else if (mode === "mark") moveStroke(viewer, place);
    else if (mode === "pan") viewer.pan(dx, dy);
    else if (mode === "window" && (dx || dy)) dragWindow(viewer, dx, dy);
    held.set(event.pointerId, { ...place, viewer });
  });
  const release = (event) => {
    const viewer = desk.sideAt(event);
    held.delete(event.pointerId);
    if (event.type === "pointerup") finishStroke(viewer);
    else cancelStroke(viewer);
  };
  on(area, "pointerup", release);
  on(area, "pointercancel", release);
  on(area, "pointerleave", () => {
    pointNowhere(desk.active);
    moveGlass(desk.active, null);
  });
}

/* desk.js: one toolbar, and the one film or the two under it. Of two one is active: what the
   toolbar shows and the keys act on. What hands do goes to the film under them. */

class Desk {
  constructor(root) {
    this.root = root;
    this.el = {};
    for (const each of root.querySelectorAll("[data-el]")) this.el[each.dataset.el] = each;
    this.sides = [new Viewer(this)];
    [this.active] = this.sides;
    this.off = new AbortController();
    const on = (target, name, listener, options = {}) => {
      target.addEventListener(name, listener, { signal: this.off.signal, ...options });
    };
    fillColours(this.el.colour);
    wireSides(this, on); // first: a hand on the other film makes that the active one
    wireControls(this, on);
    wirePointer(this, on);
    wireStrip(this, on);
    wireKeys(this, on);
    fillSheet(this.el.sheet, this.el.sheetRows, on);
    on(root, "fullscreenchange", () => layOut(this.active));
    // A hidden tab mounts at width 0; the observer lays out once it is seen.
    this.sizer = new ResizeObserver(() => layOut(this.active));
    this.sizer.observe(root);
  }

  destroy() {
    this.off.abort();
    this.sizer.disconnect();
    for (const side of this.sides) side.destroy();
  }

  get isPair() {
    return this.sides.length > 1;
  }

  get shown() {
    return this.single ? [this.single] : this.sides;
  }

  /* What holds two films together; null where they are free, or there is only one. */
  get tie() {
    return this.bond && this.prefs.linked ? this.bond : null;
  }

  /* The films that one gesture on `viewer` changes. */
  together(viewer) {
    return this.tie ? this.sides : [viewer];
  }

  sideAt({ target }) {
    const box = target.closest("[data-side]");
    return this.sides[box?.dataset.side ?? 0];
  }

  async load({ films: places }) {
    const wanted = JSON.stringify(places);
    if (this.wanted === wanted) return; // a rerun with the same films: keep everything
    this.wanted = wanted;
    this.root.dataset.ready = "false";
    const isOver = () => this.off.signal.aborted || this.wanted !== wanted;
    let films;
    try {
      films = await Promise.all(places.map((place) => this.unpack(place)));
    } catch (error) {
      if (isOver()) return;
      this.wanted = null; // the next rerun tries again
      throw error;
    }
    if (isOver()) return; // newer films came meanwhile
    this.el.trouble.hidden = true;
    this.prefs = recallPreferences(films[0].head.key);
    this.bond = null;
    this.single = null;
    for (const gone of this.sides.splice(films.length)) gone.destroy();
    if (!this.sides.includes(this.active)) [this.active] = this.sides;
    films.forEach((film, i) => (this.sides[i] ??= new Viewer(this)).take(film));
    if (this.isPair) this.bond = new Tie(...this.sides);
    this.arrange();
    layOut(this.active);
    this.el.bar.inert = false; // until now there was nothing to control
    this.say(this.inWords());
  }

  /* A film that is on show already is not unpacked again. */
  async unpack({ name, at }) {
    const { head, part } = await fetchParcel(at);
    const known = this.sides.find((side) => side.head?.film.id === head.film.id);
    const levels = known?.levels ?? pyramid(await unpackFilm(head.film, part));
    return { name, head, part, levels };
  }

  /* New films: the panels into their places, and a toolbar that fits them. */
  arrange() {
    const { el, sides } = this;
    const heads = sides.map(({ head }) => head);
    this.classes = [...new Set(heads.flatMap(({ classes }) => classes))];
    fillClasses(el, this.classes);
    fillPresets(el.preset, this.active.presets);
    el.note.textContent = [...new Set(heads.map(({ note }) => note))].filter(Boolean).join(". ");
    this.root.dataset.pair = this.isPair;
    if (this.isPair) arrangeSides(this);
    else {
      sides[0].box = null;
      el.panels.replaceChildren(...sides[0].panels.map((panel) => panel.box));
    }
    this.fitControls();
    refreshStrip(this.active);
    for (const side of sides) side.refreshHeat();
  }

  /* Only what has something to act on. */
  fitControls() {
    const { el, sides } = this;
    const models = sides.flatMap(({ panels }) => panels).filter(({ model }) => model);
    const isBare = this.isPair && this.prefs.shows === "";
    el.pair.hidden = !this.isPair;
    el.seen.hidden = isBare || !models.some(({ seen }) => seen);
    el.heatGroup.hidden = isBare || models.length === 0;
    el.caution.hidden = models.length === 0;
  }

  activate(viewer) {
    if (viewer === this.active || !viewer.levels) return;
    // What is half typed or half moved belongs to the film that it was begun for.
    const focused = this.root.getRootNode().activeElement;
    if (focused?.matches("input")) focused.blur();
    finishStroke(this.active);
    this.active = viewer;
    if (this.single) this.single = viewer; // seen in turns at one place, a change strikes the eye
    fillPresets(this.el.preset, viewer.presets);
    refreshStrip(viewer);
    layOut(viewer);
    for (const side of this.sides) side.refreshWords();
    this.say(text("viewer-done-active", { name: viewer.name }));
  }

  /* One film large; the same again brings both back. */
  showOnly(viewer) {
    this.single = this.single ? null : viewer;
    layOut(this.active);
    const { name } = viewer;
    this.say(text(this.single ? "viewer-done-only" : "viewer-done-both", { name }));
  }

  nextSide() {
    this.activate(this.sides[(this.sides.indexOf(this.active) + 1) % this.sides.length]);
  }

  link() {
    this.prefs.linked = !this.prefs.linked;
    this.tie?.begin(this.active);
    for (const side of this.sides) side.draw();
    this.say(DONE.linked(this.prefs));
  }

  /* The bare films, or one model's heat over both. */
  show(name) {
    this.prefs.shows = name;
    this.fitControls();
    layOut(this.active);
    this.active.prefer("shows", name);
  }

  inWords() {
    if (!this.isPair) return viewInWords(this.active);
    return this.sides.map((side) => `${side.name}: ${viewInWords(side)}`).join(". ");
  }

  say(words) {
    this.el.live.textContent = words;
  }
}

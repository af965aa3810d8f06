/* viewer.js: one film: its data, its state and what may be done to it. Of two linked films some
   of it is done to both. */

class Viewer {
  constructor(desk) {
    this.desk = desk;
    this.root = desk.root;
    this.el = desk.el;
    this.box = null; // around the film where it is one of two, see side.js
  }

  destroy() {
    cancelAnimationFrame(this.tick);
    cancelAnimationFrame(this.glassTick);
    this.levels = null;
  }

  get isActive() {
    return this.desk.active === this;
  }

  /* Of linked films both are, or neither is. */
  get isZoomed() {
    return (this.desk.tie?.kept.view ?? this.view).zoom > 1;
  }

  /* The number of the one panel that is shown; null for all. */
  get only() {
    if (!this.desk.isPair) return this.view.only;
    return Math.max(0, this.panels.findIndex(({ model }) => model?.name === this.prefs.shows));
  }

  /* Another film, or the same one with other models. */
  take({ name, head, part, levels }) {
    this.name = name;
    this.levels = levels;
    this.head = head;
    this.prefs = this.desk.prefs;
    this.film = readScale(head.film, part);
    this.presets = windowPresets(levels.at(-1).pixels, this.film);
    this.view = recallView(head, this.presets);
    this.lens = new Lens(levels[0], this.view);
    this.isDrawn = false;
    this.build(part);
    openBook(this);
  }

  build(part) {
    const { head } = this;
    const { width, height, bits } = head.film;
    this.panels = [
      buildPanel(0, null, head.classes),
      ...head.panels.map((model, i) => buildPanel(i + 1, model, head.classes)),
    ];
    for (const panel of this.panels) {
      panel.heats = new Map(); // class -> its heat, see chosenHeat
      if (!panel.model) continue;
      panel.maps = unpackHeat(part(panel.model.heat));
      panel.seen = panel.model.seen && unpackSeen(panel.model.seen, part(panel.model.seen));
    }
    this.panels[0].facts.textContent = text("viewer-size", { width: `${width}`, height: `${height}`, bits });
  }

  /* The class changed: another heat, other numbers. */
  refreshHeat() {
    for (const panel of this.panels) {
      if (!panel.model) continue;
      panel.heat = chosenHeat(panel, this.view.chosen);
      describeModel(panel, this.view.chosen);
      revealChosen(panel);
    }
    this.refreshWords();
  }

  /* How heat is shown changed: the layers follow in the next frame. */
  refreshWords() {
    this.el.scale.style.background = scaleAsGradient(this.prefs);
    for (const panel of this.panels) if (panel.model) describeHeat(this, panel);
    if (this.box) describeSide(this);
    this.draw();
  }

  draw() {
    this.desk.tie?.place(this);
    if (this.tick || !this.levels) return;
    this.tick = requestAnimationFrame(() => {
      this.tick = 0;
      if (this.levels && this.root.clientWidth > 0) renderFrame(this);
    });
  }

  prefer(name, value) {
    this.prefs[name] = value;
    for (const side of this.desk.sides) side.refreshWords();
    this.say(DONE[name](this.prefs));
  }

  chooseClass(name) {
    for (const side of this.desk.sides) {
      side.view.chosen = name;
      side.refreshHeat();
    }
    this.say(this.desk.inWords());
  }

  setWindow(width, level, preset = "custom") {
    const { span, film: { slope, intercept } } = this;
    const isOwn = preset === "custom"; // a header's window may lie anywhere
    this.view.width = isOwn ? clamp(width, slope, 2 * (span + slope)) : width;
    this.view.level = isOwn ? clamp(level, intercept - span / 4, intercept + 1.25 * span) : level;
    this.view.function = this.presets[preset].function ?? "LINEAR";
    this.view.preset = preset;
    this.draw();
  }

  get span() {
    return this.film.slope * this.film.top;
  }

  invert() {
    invertGreys(this);
  }

  /* The same panel again brings all of them back. */
  showOnly(number) {
    if (this.desk.isPair) return this.desk.showOnly(this);
    this.view.only = this.view.only === null ? number : null;
    layOut(this);
    const name = this.panels[number]?.title;
    this.say(text(this.view.only === null ? "viewer-done-all" : "viewer-done-only", { name }));
  }

  /* `act` moves a lens: the film's own, or that over two linked films. */
  move(act) {
    const { tie } = this.desk;
    act(tie ? tie.lens : this.lens);
    for (const side of this.desk.together(this)) side.draw();
  }

  zoom(factor) {
    this.move((lens) => lens.zoomBy(factor));
  }

  pan(dx, dy) {
    this.move((lens) => lens.panBy(dx, dy));
  }

  reset() {
    this.desk.tie?.reset();
    for (const side of this.desk.together(this)) {
      const { width, level } = side.presets.default;
      Object.assign(side.view, { only: null, invert: false, turns: 0, flipped: false });
      side.lens.fit();
      side.setWindow(width, level, "default");
    }
    layOut(this);
    // Its words tell where on the screen it is hottest.
    for (const side of this.desk.together(this)) side.refreshHeat();
    this.say(text("viewer-done-reset"));
  }

  act(name) {
    ACTIONS[name](this);
    this.draw();
  }

  say(words) {
    this.el.live.textContent = words;
  }
}

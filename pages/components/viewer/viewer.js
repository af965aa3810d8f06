/* viewer.js: one viewer: its data, its state and what may be done to it. */

class Viewer {
  constructor(root) {
    this.root = root;
    this.el = {};
    for (const each of root.querySelectorAll("[data-el]")) this.el[each.dataset.el] = each;
    this.off = new AbortController();
    const on = (target, name, listener, options = {}) => {
      target.addEventListener(name, listener, { signal: this.off.signal, ...options });
    };
    fillColours(this.el.colour);
    wireControls(this, on);
    wirePointer(this, on);
    wireStrip(this, on);
    wireKeys(this, on);
    fillSheet(this.el.sheet, this.el.sheetRows, on);
    on(root, "fullscreenchange", () => layOut(this));
    // A hidden tab mounts at width 0; the observer lays out once it is seen.
    this.sizer = new ResizeObserver(() => layOut(this));
    this.sizer.observe(root);
  }

  destroy() {
    this.off.abort();
    this.sizer.disconnect();
    cancelAnimationFrame(this.tick);
    cancelAnimationFrame(this.glassTick);
    this.levels = null;
  }

  async load(bytes) {
    const { head, part } = openParcel(bytes);
    if (this.wanted === head.id) return; // a rerun with the same film: keep everything
    this.wanted = head.id;
    this.root.dataset.ready = "false";
    let { levels } = this;
    if (this.head?.film.id !== head.film.id) {
      levels = pyramid(await unpackFilm(head.film, part));
    }
    if (this.off.signal.aborted || this.wanted !== head.id) return; // a newer film came meanwhile
    this.levels = levels;
    this.head = head;
    this.prefs = recallPreferences(head.key);
    this.film = readScale(head.film, part);
    this.presets = windowPresets(levels.at(-1).pixels, this.film);
    this.view = recallView(head, this.presets);
    this.lens = new Lens(levels[0], this.view);
    this.build(part);
    openBook(this);
    layOut(this);
    this.el.bar.inert = false; // until now there was nothing to control
    this.say(viewInWords(this));
  }

  build(part) {
    const { head, el } = this;
    const { width, height, bits } = head.film;
    fillClasses(el, head.classes);
    fillPresets(el.preset, this.presets);
    el.seen.hidden = !head.panels.some(({ seen }) => seen);
    el.heatGroup.hidden = head.panels.length === 0;
    el.caution.hidden = head.panels.length === 0;
    el.note.textContent = head.note;
    el.notice.textContent = head.notice;
    this.panels = [
      buildPanel(0, "Film", null, head.classes),
      ...head.panels.map((model, i) => buildPanel(i + 1, model.name, model, head.classes)),
    ];
    for (const panel of this.panels) {
      panel.heats = new Map(); // class -> its heat, see chosenHeat
      if (!panel.model) continue;
      panel.maps = unpackHeat(part(panel.model.heat));
      panel.seen = panel.model.seen && unpackSeen(panel.model.seen, part(panel.model.seen));
    }
    const [bare] = this.panels;
    bare.facts.textContent = `${width} × ${height}, ${bits} bit`;
    el.panels.replaceChildren(...this.panels.map((panel) => panel.box));
    this.refreshHeat();
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
    this.draw();
  }

  draw() {
    if (this.tick || !this.levels) return;
    this.tick = requestAnimationFrame(() => {
      this.tick = 0;
      if (this.levels && this.root.clientWidth > 0) renderFrame(this);
    });
  }

  prefer(name, value) {
    this.prefs[name] = value;
    this.refreshWords();
    this.say(preferenceInWords(this.prefs, name));
  }

  chooseClass(name) {
    this.view.chosen = name;
    this.refreshHeat();
    this.say(viewInWords(this));
  }

  setWindow(width, level, preset = "custom") {
    const { top, slope, intercept } = this.film;
    const span = slope * top;
    const isOwn = preset === "custom"; // a header's window may lie anywhere
    this.view.width = isOwn ? clamp(width, slope, 2 * (span + slope)) : width;
    this.view.level = isOwn ? clamp(level, intercept - span / 4, intercept + 1.25 * span) : level;
    this.view.function = this.presets[preset].function ?? "LINEAR";
    this.view.preset = preset;
    this.draw();
  }

  invert() {
    this.view.invert = !this.view.invert;
    this.draw();
    this.say(this.view.invert ? "Inverted" : "Not inverted");
  }

  /* The same panel again brings all of them back. */
  showOnly(number) {
    this.view.only = this.view.only === null ? number : null;
    layOut(this);
    this.say(this.view.only === null ? "All panels" : `Only ${this.panels[number].title}`);
  }

  zoom(factor) {
    this.lens.zoomBy(factor);
    this.draw();
  }

  pan(dx, dy) {
    this.lens.panBy(dx, dy);
    this.draw();
  }

  reset() {
    const { width, level } = this.presets.default;
    Object.assign(this.view, { only: null, invert: false, turns: 0, flipped: false });
    this.lens.fit();
    this.setWindow(width, level, "default");
    layOut(this);
    this.refreshHeat(); // its words tell where on the screen it is hottest
    this.say("View reset");
  }

  act(name) {
    ACTIONS[name](this);
    this.draw();
  }

  say(words) {
    this.el.live.textContent = words;
  }
}

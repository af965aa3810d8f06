/* mount.js: what Streamlit calls. The queue outlives the page: films go on coming in while one is
   reviewed. Python is told that something came only when it does not look by itself. */

const HUSH = 1500; // ms between two calls while more is coming
const LEAVING = 30_000; // ms in which a link to another page takes this one away, if it does
const PATIENCE = 30_000; // ms after which a page that said it was reading is asked all the same
const kept = (globalThis[Symbol.for("cxr.uploads")] ??= { queue: null });
const views = new WeakMap(); // parentElement -> View: survives reruns

function amount(bytes) {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

class View {
  constructor(root) {
    this.root = root;
    this.notice = "";
    this.off = new AbortController();
    const find = (name) => root.querySelector(name);
    this.way = find(".way");
    this.bar = find("progress");
    this.count = find(".count");
    this.said = find(".said");
    this.again = find(".again");
    this.status = find("[role=status]");
    this.input = find("input");
    const on = (target, kind, act) => target.addEventListener(kind, act, { signal: this.off.signal });
    on(find(".files"), "click", () => this.input.click());
    on(find(".folder"), "click", () => this.chooseFolder());
    on(this.input, "change", () => {
      this.take(chosen(this.input.files));
      this.input.value = "";
    });
    on(this.again, "click", () => this.queue.goOn());
    on(find(".cancel"), "click", () => this.queue.cancel());
    // Beside the zone too, or the browser would leave the page to open the film.
    on(document, "dragover", (event) => this.hover(event, true));
    on(document, "dragleave", (event) => event.relatedTarget ?? this.hover(event, false));
    on(document, "drop", (event) => this.drop(event));
    // A call that overtakes the page's own would bring this page back.
    on(document, "click", (event) => {
      const link = event.target.closest?.("a[href]:not([target=_blank])");
      if (link && link.pathname !== location.pathname) this.left = Date.now();
    });
  }

  /* Made anew each time: a second one in the page would be a second stop for assistive software. */
  chooseFolder() {
    const input = document.createElement("input");
    input.type = "file";
    input.webkitdirectory = true;
    input.onchange = () => this.take(chosen(input.files));
    input.click();
  }

  hover(event, isOver) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.root.classList.toggle("over", isOver);
  }

  async drop(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    this.hover(event, false);
    const things = dropped(event.dataTransfer);
    this.take(await things);
  }

  take(items) {
    this.notice = items.length ? "" : text("upload-none");
    if (items.length) this.queue.add(items);
    else this.draw();
  }

  show(component) {
    const { data } = component;
    this.component = component;
    this.shown = Date.now();
    if (kept.queue?.token !== data.token) {
      kept.queue?.cancel();
      kept.queue = new Queue(data);
      this.announced = 0;
    }
    this.queue = kept.queue;
    this.queue.changed = () => {
      this.frame ??= requestAnimationFrame(() => this.draw());
      this.announce();
    };
    this.root.querySelector(".kinds").textContent = data.kinds;
    this.root.classList.toggle("small", data.small);
    this.root.title = data.small ? data.kinds : "";
    this.draw();
    this.timer = clearTimeout(this.timer); // it may wait for a page that has read to its end by now
    this.announce();
  }

  /* Ask Python to look, soon when all is there, now and then while more is coming. */
  announce() {
    if (this.off.signal.aborted || this.timer || this.queue.arrived <= this.component.data.collected) return;
    const since = Date.now() - (this.announced ?? 0);
    let wait = this.queue.isOver || since > HUSH ? 50 : HUSH - since;
    if (this.component.data.reading) wait = Math.max(wait, this.shown + PATIENCE - Date.now());
    wait = Math.max(wait, this.leaving());
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.leaving() > 0) return this.announce();
      if (this.off.signal.aborted || this.queue.arrived <= this.component.data.collected) return;
      if (this.component.data.reading && Date.now() - this.shown < PATIENCE) return this.announce();
      this.announced = Date.now();
      this.component.setTriggerValue("arrived", this.queue.arrived);
    }, wait);
  }

  leaving() {
    return (this.left ?? 0) + LEAVING - Date.now();
  }

  draw() {
    this.frame = null;
    const { queue } = this;
    const failed = queue.failed.length;
    const isBusy = !queue.isOver && !queue.halted;
    const isStuck = !isBusy && (failed > 0 || queue.halted);
    this.way.hidden = !isBusy && !isStuck && !this.notice;
    this.way.classList.toggle("bare", !isBusy && !isStuck);
    this.root.dataset.state = isBusy ? "busy" : isStuck ? "failed" : "idle";
    this.bar.value = queue.bytes ? queue.sentBytes / queue.bytes : 0;
    const { done, total } = queue;
    const [sent, size] = [amount(queue.sentBytes), amount(queue.bytes)];
    this.count.textContent = text("upload-count", { done, total, sent, size });
    const lost = text(queue.halted ? "upload-broken" : "upload-lost", { failed });
    const stuck = queue.said || lost;
    this.said.textContent = isStuck ? stuck : this.notice;
    this.again.hidden = !isStuck;
    this.again.textContent = text(queue.halted ? "upload-go-on" : "upload-again");
    const over = total ? text("upload-done", { done }) : "";
    this.tell(isBusy ? text("upload-busy", { total }) : this.said.textContent || over);
  }

  tell(sentence) {
    if (this.status.textContent !== sentence) this.status.textContent = sentence;
  }

  end() {
    this.off.abort();
    clearTimeout(this.timer);
    if (this.queue) this.queue.changed = () => {};
  }
}

export default newest((component) => {
  const root = component.parentElement.querySelector(".upload");
  let view = views.get(component.parentElement);
  if (view?.root !== root || view.off.signal.aborted) {
    view?.end();
    view = new View(root);
    views.set(component.parentElement, view);
  }
  const call = (view.calls = (view.calls ?? 0) + 1);
  view.show(component);
  // A superseded call cleans up late; it must not end the view that a newer call uses.
  return () => {
    if (view.calls === call) view.end();
  };
});

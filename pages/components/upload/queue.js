/* queue.js: sends files one after another, three at a time, and counts. Knows no page. */

const AT_ONCE = 3;
const FAILURES_IN_A_ROW = 3; // then it is the connection, not the file
const HEAD_BYTES = 512; // enough to tell what a file is

class Queue {
  constructor({ address, token, limits }) {
    Object.assign(this, { address, token, limits });
    this.changed = () => {};
    this.reset();
    this.arrived = 0; // as the server counts: kept or refused
  }

  reset() {
    this.waiting = [];
    this.failed = [];
    this.sending = new Map(); // item -> { request, bytes }
    this.total = this.done = this.bytes = this.doneBytes = this.row = 0;
    this.halted = false;
    this.said = "";
  }

  get isOver() {
    return !this.waiting.length && !this.sending.size;
  }

  get sentBytes() {
    let bytes = this.doneBytes;
    for (const each of this.sending.values()) bytes += each.bytes;
    return bytes;
  }

  add(items) {
    if (this.isOver && !this.failed.length) this.reset();
    for (const item of items) {
      this.waiting.push(item);
      this.total += 1;
      this.bytes += item.file.size;
    }
    this.goOn();
  }

  goOn() {
    this.halted = false;
    this.said = "";
    this.row = 0;
    this.waiting.unshift(...this.failed);
    this.failed = [];
    this.pump();
  }

  cancel() {
    const requests = [...this.sending.values()].map((each) => each.request);
    this.reset();
    for (const request of requests) request.abort();
    this.changed();
  }

  pump() {
    while (!this.halted && this.waiting.length && this.sending.size < AT_ONCE) {
      this.send(this.waiting.shift());
    }
    this.changed();
  }

  async send(item) {
    const request = new XMLHttpRequest();
    const way = { request, bytes: 0 };
    this.sending.set(item, way);
    let body;
    try {
      body = await this.body(item.file);
    } catch {
      this.settle(item, 0, "");
      return;
    }
    if (this.sending.get(item) !== way) return; // cancelled meanwhile
    request.open("POST", this.address);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-Upload-Token", this.token);
    request.setRequestHeader("X-Upload-Name", encodeURIComponent(item.name.toWellFormed?.() ?? item.name));
    request.setRequestHeader("X-Upload-Size", String(item.file.size));
    request.upload.onprogress = ({ loaded }) => {
      way.bytes = loaded;
      this.changed();
    };
    request.onloadend = () => this.settle(item, request.status, request.responseText);
    request.send(body);
  }

  /* Of what is too large only the beginning is sent: the server says so, and lists it. */
  async body(file) {
    const { film, archive } = this.limits;
    if (file.size <= film) return file;
    const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
    const isZip = head[0] === 0x50 && head[1] === 0x4b;
    return isZip && file.size <= archive ? file : file.slice(0, HEAD_BYTES);
  }

  settle(item, status, text) {
    if (!this.sending.delete(item)) return; // cancelled
    const told = answer(text);
    if ([200, 413, 415].includes(status)) {
      this.row = 0;
      this.done += 1;
      this.doneBytes += item.file.size;
      this.arrived = Math.max(this.arrived, told.arrived ?? 0);
    } else {
      this.failed.push(item);
      this.row += 1;
      const isFinal = [401, 403, 503, 507].includes(status);
      if (isFinal) this.said = told.said || text.slice(0, 200);
      this.halted ||= isFinal || this.row >= FAILURES_IN_A_ROW;
    }
    this.pump();
  }
}

function answer(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

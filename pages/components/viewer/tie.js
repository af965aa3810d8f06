/* tie.js: one view over two linked films, in pixels of the left one; each film's own view follows
   from it. The films lie middle on middle, or as far apart as a person has shifted them. */

const MOST_UNLIKE = 4; // times: chest films are 20 to 50 cm long; beyond it a header is wrong

const longerSide = ({ width, height }) => Math.max(width, height);
const pitchOf = ({ spacing }) => Math.sqrt(spacing[0] * spacing[1]);

/* How many pixels of the left film are as long as one of the right. Where both headers have a
   spacing, in millimetres: only at the same magnification has a heart grown. Films at the detector
   and calibrated ones are then a few percent apart, less than two cassettes may be. Without, by
   the longer side, which is 43 cm on the common plates, standing or lying, 35 or 43 cm wide. */
function pixelRatio(left, right) {
  const bySide = longerSide(left) / longerSide(right);
  if (!left.spacing || !right.spacing) return bySide;
  const byLength = pitchOf(right) / pitchOf(left);
  const unlike = Math.abs(Math.log(byLength / bySide));
  return unlike > Math.log(MOST_UNLIKE) ? bySide : byLength;
}

class Tie {
  constructor(left, right) {
    this.left = left;
    this.right = right;
    this.ratio = pixelRatio(left.head.film, right.head.film);
    this.kept = recallTie(left.head, right.head);
  }

  /* What gestures act on: a lens over all that either film covers. */
  get lens() {
    const [across, down] = this.kept.shift.map(Math.abs);
    const left = this.left.lens.shown;
    const right = this.right.lens.shown;
    const width = Math.max(left.width, right.width * this.ratio + 2 * across);
    const height = Math.max(left.height, right.height * this.ratio + 2 * down);
    const lens = new Lens({ width, height }, this.kept.view);
    lens.resize(this.left.lens.width, this.left.lens.height);
    return lens;
  }

  unitOf(side) {
    return side === this.right ? this.ratio : 1;
  }

  /* How far the middle of the screen is from the middle of a film. */
  middleOf(side) {
    const { view, lens } = side;
    const unit = this.unitOf(side);
    return [(view.x - 0.5) * lens.shown.width * unit, (view.y - 0.5) * lens.shown.height * unit];
  }

  /* Give a film the view that the common one asks for; it may lie partly beside its panel. */
  place(side) {
    if (side.lens.width <= 1) return; // not laid out yet
    const { lens } = this;
    const { shown } = side.lens;
    const unit = this.unitOf(side);
    const [across, down] = side === this.right ? this.kept.shift : [0, 0];
    side.view.x = 0.5 + ((lens.view.x - 0.5) * lens.film.width - across) / unit / shown.width;
    side.view.y = 0.5 + ((lens.view.y - 0.5) * lens.film.height - down) / unit / shown.height;
    side.view.zoom = (lens.scale * unit) / side.lens.fitScale;
  }

  /* Take the common view from one film's own. */
  follow(side) {
    const [across, down] = side === this.right ? this.kept.shift : [0, 0];
    const [x, y] = this.middleOf(side);
    const { lens } = this;
    const zoom = side.lens.scale / this.unitOf(side) / lens.fitScale;
    const place = { x: 0.5 + (x + across) / lens.film.width, y: 0.5 + (y + down) / lens.film.height };
    Object.assign(this.kept.view, { zoom, ...place });
  }

  /* Linked anew: where a person has zoomed into both, what stands in the middle of both belongs
     together from now on. */
  begin(active) {
    const isPlaced = this.left.view.zoom > 1 && this.right.view.zoom > 1;
    const [x, y] = this.middleOf(this.left);
    const [rightX, rightY] = this.middleOf(this.right);
    this.kept.shift = isPlaced ? [x - rightX, y - rightY] : [0, 0];
    this.follow(active);
  }

  /* One film was turned: the other keeps its place, and fitted films stay so. */
  turned(side) {
    if (this.kept.view.zoom !== 1) this.follow(side === this.left ? this.right : this.left);
  }

  reset() {
    this.kept.shift = [0, 0];
    this.lens.fit();
  }
}

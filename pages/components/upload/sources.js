/* sources.js: from what was dropped or chosen to a list of { file, name }, folders walked. */

const isHidden = (path) => path.split("/").some((part) => part.startsWith("."));
const byName = (one, other) => one.name.localeCompare(other.name, undefined, { numeric: true });

function chosen(list) {
  return [...list]
    .map((file) => ({ file, name: file.webkitRelativePath || file.name }))
    .filter(({ name }) => !isHidden(name))
    .sort(byName);
}

/* To be called inside the drop event: what it holds is gone afterwards. */
function dropped(transfer) {
  const things = [...transfer.items]
    .filter((item) => item.kind === "file")
    .map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  return walked(things.filter(Boolean));
}

async function walked(things) {
  const found = [];
  const queue = [...things];
  while (queue.length) {
    const thing = queue.shift();
    if (thing instanceof File) {
      found.push({ file: thing, name: thing.name });
    } else if (isHidden(thing.fullPath)) {
      continue;
    } else if (thing.isFile) {
      const file = await new Promise((keep) => thing.file(keep, () => keep(null)));
      if (file) found.push({ file, name: thing.fullPath.replace(/^\//, "") });
    } else if (thing.isDirectory) {
      queue.push(...(await entriesOf(thing)));
    }
  }
  return found.sort(byName);
}

/* A folder is read about a hundred entries at a time, until it has no more. */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((keep) => reader.readEntries(keep, () => keep([])));
    if (!some.length) return found;
    found.push(...some);
  }
}

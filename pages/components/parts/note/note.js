/* note.js: puts the words into a line that was there before, so that they are announced. */

export default newest(({ parentElement, data }) => {
  const line = parentElement.querySelector("[role=status]");
  const said = data?.said ?? "";
  if (line.textContent !== said) line.textContent = said;
});

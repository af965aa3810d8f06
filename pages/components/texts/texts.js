/* texts.js: what a component says, in the server's language; TEXTS and LANGUAGE stand before it.
   A message with a plural is an object: `by` names the value that chooses among the others. */

const PLURALS = new Intl.PluralRules(LANGUAGE);

function text(name, values = {}) {
  const known = TEXTS[name];
  const pattern = known.by ? (known[PLURALS.select(values[known.by])] ?? known.other) : known;
  return pattern.replace(/\{(\w+)\}/g, (_, each) => (
    typeof values[each] === "number" ? values[each].toLocaleString(LANGUAGE) : values[each]
  ));
}

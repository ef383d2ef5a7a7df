// Entities as the page shows them: words whose POS is their type, or, of a model that finds both, marks over its words.

/** An entity of an answer as a word. */
export const asWord = (span) => ({ ...span, pos: span.label });

/** A word as an entity, from a decoder that calls types POS. */
export const asEntity = ({ form, pos, ...rest }) => asWord({ form, label: pos, ...rest });

/** An entity as answers have it. */
export const asSpan = ({ pos, ...span }) => span;

/** The text of a word in parts: `{ form, entity, isFirst, isLast }`, where `entity` is that of a part, if it has one, and
 * the part may be its first or its last one. */
export function partsOf(word, entities) {
  const chars = Array.from(word.form), parts = [];
  let end = word.start;
  const take = (until, entity = null) => {
    const form = chars.slice(end - word.start, until - word.start).join("");
    if (form) parts.push({ form, entity, isFirst: entity?.start === end, isLast: entity?.end === until });
    end = until;
  };
  for (const entity of entities) {
    take(Math.max(word.start, entity.start));
    take(Math.min(word.end, entity.end), entity);
  }
  take(word.end);
  return parts;
}

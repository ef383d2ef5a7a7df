// Entities as the page shows them: words whose POS is their type.

/** An entity of an answer as a word. */
export const asWord = (span) => ({ ...span, pos: span.label });

/** A word as an entity, from a decoder that calls types POS. */
export const asEntity = ({ form, pos, ...rest }) => asWord({ form, label: pos, ...rest });

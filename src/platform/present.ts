/** Leaves out what is undefined. */
export const present = <Shape extends object>(
  shape: Shape,
): {[Key in keyof Shape]: Exclude<Shape[Key], undefined>} =>
  Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as never;

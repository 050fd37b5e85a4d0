/** Words of our own, and between them text of others, which each medium keeps from acting. */
type Piece = string | { readonly data: string };
export type Words = readonly Piece[];

/** As a terminal or a page that escapes would have it. */
export function plain(words: Words): string {
  return words.map((piece) => (typeof piece === 'string' ? piece : piece.data)).join('');
}

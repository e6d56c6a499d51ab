/**
 * Where an offset into a piece of text is.
 *
 * @param line line of the text's first character
 * @returns line and column, both from 1; a column is a character, however many octets it has
 */
export function position(text: string, offset: number, line: number): { line: number; column: number } {
  let start = 0;
  for (let p = text.indexOf('\n'); p >= 0 && p < offset; p = text.indexOf('\n', p + 1)) {
    line++;
    start = p + 1;
  }
  let column = 1;
  for (let i = start; i < offset; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xdc00 || unit > 0xdfff) column++; // the second half of a surrogate pair is no character
  }
  return { line, column };
}

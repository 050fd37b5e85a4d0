import { create, type Font, type Glyph } from 'fontkitten';
import { truncate } from '../error.ts';
import { escapeHtml } from './html.ts';

type Weight = 'regular' | 'bold';

interface Style {
  size: number;
  weight: Weight;
  fill: string;
}

/** Draws text as outlines, so that a picture looks the same on a machine without any font. */
export interface Lettering {
  /** Width of a line in the units of `size`. */
  width(text: string, style: Pick<Style, 'size' | 'weight'>): number;
  /** SVG of one line, its baseline at y. */
  line(text: string, x: number, y: number, style: Style): string;
  /** A text in at most `lines` lines of `width`; what does not fit ends in an ellipsis. */
  wrap(text: string, width: number, lines: number, style: Pick<Style, 'size' | 'weight'>): string[];
}

interface Outline {
  advance: number;
  path: string;
}

/** Characters that are more than any picture has room for: what is cut away one by one takes time that grows with the square. */
const LONGEST = 1_000;

/** Mean width of a character that the fonts do not have, as a share of the size. */
const UNKNOWN_WIDTH = 0.6;

/**
 * @param fonts The bytes of static WOFF2 fonts for each weight, tried in order for each character.
 * A line with a character that none of them has is set as SVG text in whatever font the machine has.
 */
export function createLettering(fonts: Record<Weight, Uint8Array[]>): Lettering {
  const faces = { regular: new Face(fonts.regular), bold: new Face(fonts.bold) };

  function width(text: string, { size, weight }: Pick<Style, 'size' | 'weight'>): number {
    return [...text].reduce((sum, character) => sum + (faces[weight].outline(character)?.advance ?? UNKNOWN_WIDTH) * size, 0);
  }

  function line(text: string, x: number, y: number, { size, weight, fill }: Style): string {
    const outlines = [...text].map((character) => faces[weight].outline(character));
    if (outlines.includes(null)) {
      return `<text x="${x}" y="${y}" font-family="sans-serif" font-size="${size}" font-weight="${weight === 'bold' ? 600 : 400}" fill="${fill}">${escapeHtml(text)}</text>`;
    }
    let at = 0;
    const paths = outlines.map((outline) => {
      const drawn = outline!.path && `<path transform="translate(${at.toFixed(4)} 0)" d="${outline!.path}"/>`;
      at += outline!.advance;
      return drawn;
    });
    return `<g transform="translate(${x} ${y}) scale(${size} ${-size})" fill="${fill}">${paths.join('')}</g>`;
  }

  function wrap(text: string, limit: number, lines: number, style: Pick<Style, 'size' | 'weight'>): string[] {
    const fits = (candidate: string): boolean => width(candidate, style) <= limit;
    const wrapped: string[] = [];
    let rest = truncate(text.trim(), LONGEST).split(/\s+/);
    while (rest.length > 0 && wrapped.length < lines) {
      let count = rest.length;
      while (count > 1 && !fits(rest.slice(0, count).join(' '))) count -= 1;
      wrapped.push(rest.slice(0, count).join(' '));
      rest = rest.slice(count);
    }
    const last = wrapped.pop() ?? '';
    return [...wrapped.map((whole) => cut(whole, fits, false)), cut(last, fits, rest.length > 0)];
  }

  return { width, line, wrap };
}

function cut(text: string, fits: (candidate: string) => boolean, more: boolean): string {
  if (!more && fits(text)) return text;
  const characters = [...text];
  while (characters.length > 1 && !fits(`${characters.join('')}…`)) characters.pop();
  return `${characters.join('').trimEnd()}…`;
}

class Face {
  readonly #fonts: Font[];
  readonly #outlines = new Map<string, Outline | null>();

  constructor(files: Uint8Array[]) {
    this.#fonts = files.map((bytes) => {
      const font = create(Buffer.from(bytes));
      if (font.isCollection) throw new Error('a collection of fonts, where one font is expected');
      return font;
    });
  }

  outline(character: string): Outline | null {
    let found = this.#outlines.get(character);
    if (found === undefined) {
      const code = character.codePointAt(0)!;
      const font = this.#fonts.find((candidate) => candidate.hasGlyphForCodePoint(code));
      found = font ? outlineOf(font.glyphForCodePoint(code), font.unitsPerEm) : null;
      this.#outlines.set(character, found);
    }
    return found;
  }
}

/** In units of the size, y upwards. */
function outlineOf(glyph: Glyph, unitsPerEm: number): Outline {
  const path = glyph.path.scale(1 / unitsPerEm, 1 / unitsPerEm).toSVG();
  return { advance: glyph.advanceWidth / unitsPerEm, path: path.replace(/-?\d*\.\d+/g, (number) => String(Number(Number(number).toFixed(4)))) };
}

import type { Markish, PlotOptions } from '@observablehq/plot';

/**
 * Charts are drawn twice at build time, for a wide and for a narrow column, and CSS shows one: text
 * keeps its size, and the narrow one has fewer ticks and a taller frame. Units are CSS pixels.
 */
export interface Frame {
  width: number;
  height: number;
  narrow: boolean;
}

export const FRAMES = {
  wide: { width: 600, height: 280, narrow: false },
  narrow: { width: 340, height: 240, narrow: true },
} as const satisfies Record<string, Frame>;

/** What a kind of chart hands to Plot. */
export interface Drawing {
  options: PlotOptions;
  marks: Markish[];
}

/** Series with a colour of their own (`--series-1` …); further ones are drawn as grey context. */
export const COLOURS = 6;

export function colourOf(index: number): string {
  return index < COLOURS ? `var(--series-${index + 1})` : 'var(--series-other)';
}

/** Long names end in an ellipsis; the table below the chart has them whole. */
export function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

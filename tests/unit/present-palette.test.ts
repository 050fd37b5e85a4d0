import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

/*
 * The palette is data (src/site/styles/tokens.css) and its promises are arithmetic: contrast after
 * WCAG 2.2, and distance in OKLab after simulating full colour deficiencies (Machado et al. 2009).
 */
type Rgb = [number, number, number];
type Palette = Map<string, Rgb>;

const SIMULATIONS: Record<string, [Rgb, Rgb, Rgb]> = {
  none: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

function palettes(): Record<'light' | 'dark', Palette> {
  const css = readFileSync(new URL('../../src/site/styles/tokens.css', import.meta.url), 'utf8');
  const [light, dark] = css.split('@media screen');
  const read = (text: string): Palette => new Map([...text.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name!, linear(hex!)]));
  return { light: read(light!), dark: new Map([...read(light!), ...read(dark!)]) };
}

function linear(hex: string): Rgb {
  return [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
}

function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [a, b].map(([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue).sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function oklab(rgb: Rgb, simulation: [Rgb, Rgb, Rgb]): Rgb {
  const [r, g, b] = simulation.map((row) => Math.min(1, Math.max(0, row.reduce((sum, weight, at) => sum + weight * rgb[at]!, 0)))) as Rgb;
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s, 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s, 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s];
}

function distance(a: Rgb, b: Rgb, simulation: [Rgb, Rgb, Rgb]): number {
  const [x, y] = [oklab(a, simulation), oklab(b, simulation)];
  return Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

const SERIES = ['series-1', 'series-2', 'series-3', 'series-4', 'series-5', 'series-6'];

for (const [scheme, palette] of Object.entries(palettes())) {
  const colour = (name: string): Rgb => {
    const found = palette.get(name);
    assert.ok(found, name);
    return found;
  };

  test(`${scheme}: text has a contrast of 4.5:1 on what it stands on, labels of lines too`, () => {
    for (const name of ['ink', 'ink-soft', 'link', 'better', 'worse', 'target', ...SERIES]) {
      const grounds = SERIES.includes(name) || name === 'target' ? ['surface'] : ['surface', 'page', 'note-surface', 'worse-surface'];
      for (const ground of grounds) {
        const ratio = contrast(colour(name), colour(ground));
        assert.ok(ratio >= 4.5, `${name} on ${ground}: ${ratio.toFixed(2)}`);
      }
    }
  });

  test(`${scheme}: what is not text has 3:1 where it must be seen`, () => {
    for (const name of ['axis', 'line-strong', 'focus']) assert.ok(contrast(colour(name), colour('surface')) >= 3, name);
  });

  for (const [deficiency, simulation] of Object.entries(SIMULATIONS)) {
    test(`${scheme}, ${deficiency}: better and worse differ, and so do lines that meet in a chart`, () => {
      assert.ok(distance(colour('better'), colour('worse'), simulation) >= 0.1, 'better and worse');
      SERIES.forEach((a, index) => SERIES.slice(index + 1).forEach((b) => {
        // Lines carry their names; the first three, which most charts stop at, are far apart.
        const least = index < 3 && SERIES.indexOf(b) < 3 ? 0.08 : 0.05;
        const found = distance(colour(a), colour(b), simulation);
        assert.ok(found >= least, `${a} and ${b}: ${found.toFixed(3)}`);
      }));
    });
  }
}

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { ReportCard } from '../../src/analysis/facts/facts.ts';
import { createLettering } from '../../src/present/lettering.ts';
import { previewSvg } from '../../src/present/preview.ts';
import { packageRoot, writeWhole } from '../world/files.ts';

const FONTS = 'node_modules/@fontsource/public-sans/files';

/** Services show previews at about this size; larger ones cost more time than they are worth. */
const SIZE = { width: 800, height: 420 };
/** Pictures at once: sharp draws on threads of its own. */
const PARALLEL = 4;

/** Draws the link preview of each report into `<out>/reports/<id>/preview.png`. */
export async function writePreviews(cards: ReportCard[], site: { title: string }, out: string): Promise<void> {
  if (cards.length === 0) return;
  const fonts = async (weight: number): Promise<Uint8Array[]> =>
    Promise.all(['latin', 'latin-ext'].map((script) => readFile(path.join(packageRoot, FONTS, `public-sans-${script}-${weight}-normal.woff2`))));
  const letters = createLettering({ regular: await fonts(400), bold: await fonts(600) });
  const rest = [...cards];
  const draw = async (): Promise<void> => {
    for (let card = rest.pop(); card; card = rest.pop()) {
      const picture = await sharp(Buffer.from(previewSvg(card, site, letters))).resize(SIZE).png({ compressionLevel: 3 }).toBuffer();
      await writeWhole(path.join(out, 'reports', card.id, 'preview.png'), picture);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, draw));
}

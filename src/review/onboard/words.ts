import { visible } from '../../error.ts';

/** Words of a column's name: `netGeneration`, `Net Generation` and `net_generation` have the same two. */
export function wordsOf(name: string): string[] {
  return plainLetters(name.normalize('NFC').replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2').toLowerCase()).split(/[^\p{L}\p{N}%]+/u).filter(Boolean);
}

/** Where leaving the marks out gives another word: `Köln` is `koeln`, `café` is `cafe`. */
const SPELLED: { [letter: string]: string } = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' };

/** @param text in lower case, composed (NFC) */
function plainLetters(text: string): string {
  return text.replace(/[äöüß]/g, (letter) => SPELLED[letter]!).normalize('NFKD').replace(/\p{M}/gu, '');
}

/** Names that YAML, SQL and charts take without quotes, one for each column, none twice. */
export function safeNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name, index) => {
    const plain = wordsOf(name).join('_').replace(/[^a-z0-9_]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 60);
    const stem = plain === '' ? `column_${index + 1}` : /^[a-z]/.test(plain) ? plain : `c_${plain}`;
    let safe = stem;
    for (let count = 2; taken.has(safe); count++) safe = `${stem}_${count}`;
    taken.add(safe);
    return safe;
  });
}

/** A label that people read: `on_time` becomes `On time`; what is written with spaces or capitals stays. */
export function labelOf(name: string): string {
  const line = oneLineOf(name.replace(/_+/g, ' '), 80).trim();
  return line === '' ? 'Column' : line[0]!.toUpperCase() + line.slice(1);
}

/** Text of data as part of one line that people read: no control characters, no line breaks, not endless. */
export function oneLineOf(text: string, most = 60): string {
  const line = visible(text).replace(/\s+/gu, ' ').replace(/[^\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
  const characters = [...line];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : line;
}

/** Part of an id, or the name of a source or an instance: `Q1 Übersicht` becomes `q1-uebersicht`. */
export function slugOf(text: string): string {
  return wordsOf(text).join('-').replace(/[^a-z0-9-]+/g, '-').slice(0, 60).replace(/^-+|-+$/g, '');
}

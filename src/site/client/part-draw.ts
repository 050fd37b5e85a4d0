import type { ChartFacts, MetricFacts } from '../../analysis/facts/facts.ts';
import type { Choice, PartFacts } from '../../analysis/facts/part-facts.ts';
import { factsOfPart, isChosen, isOfPage } from '../../analysis/facts/part.ts';
import { shownRows } from '../../analysis/facts/table-facts.ts';
import { chartFrame } from '../../present/chart/chart.ts';
import { chartSentences, chartTable, TABLE_ROWS } from '../../present/chart/words.ts';
import { changesHtml, trendHtml, valueHtml } from '../../present/metric-html.ts';
import { wordsBody } from '../../present/table.ts';
import { decodeCsv } from '../../snapshot/csv.ts';
import { element } from './element.ts';

/** The rows that lie beside the page are not those that it was made from. */
class OtherRows extends Error {
  override readonly name = 'OtherRows';
}

export interface DrawnPart {
  /** @param choice null: all rows, as the page came */
  draw(choice: Choice | null): void;
}

/**
 * Fetches a report's rows, and draws its page anew over parts of them.
 * @param table rows of the page's table in the order that they came in: a reader may have sorted them
 * @throws Error where they cannot be fetched; `OtherRows`
 */
export async function openPart(report: HTMLElement, table: readonly HTMLElement[], facts: PartFacts, file: string): Promise<DrawnPart> {
  const answer = await fetch(file, { cache: 'no-cache' });
  if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
  const { names, rows } = decodeCsv(new Uint8Array(await answer.arrayBuffer()));
  if (!isOfPage(facts, names, rows)) throw new OtherRows();
  // As they came: each choice begins with them.
  const originals = new Map([...report.querySelectorAll<HTMLElement>('[data-metric], .charts > .chart')].map((own) => [own, [...own.childNodes].map((node) => node.cloneNode(true))]));
  const restore = (): void => {
    for (const [own, nodes] of originals) {
      own.hidden = false;
      own.replaceChildren(...nodes.map((node) => node.cloneNode(true)));
    }
  };
  const shown = shownRows(facts.definition, facts.columns, rows);
  return {
    draw(choice) {
      restore();
      const isIn = isChosen(facts.columns, choice ?? new Map());
      table.forEach((row, at) => row.toggleAttribute('data-out', !isIn(shown[at]!)));
      // The search in them counts those that are left.
      report.querySelector('.rows-filter input')?.dispatchEvent(new Event('input'));
      if (choice === null) return;
      const { metrics, charts } = factsOfPart(facts, rows, choice);
      for (const card of report.querySelectorAll<HTMLElement>('[data-metric]')) drawMetric(card, metrics.find(({ name }) => name === card.dataset['metric']));
      report.querySelectorAll<HTMLElement>('.charts > .chart').forEach((figure, index) => drawChart(figure, charts[index] ?? null));
    },
  };
}

function drawMetric(card: HTMLElement, metric: MetricFacts | undefined): void {
  for (const ofAll of card.querySelectorAll('.sparkline, .changes, .attribution, .restated-mark, .target')) ofAll.remove();
  const figure = card.querySelector('.figure')!;
  if (!metric) return figure.replaceChildren(element('span', { class: 'value missing long' }, 'not for a part'));
  figure.querySelector('.value')!.outerHTML = valueHtml(metric);
  if (metric.series.length === 0) return;
  figure.insertAdjacentHTML('afterend', trendHtml(metric) + changesHtml(metric));
}

function drawChart(figure: HTMLElement, chart: ChartFacts | null): void {
  if (chart === null) {
    figure.hidden = true;
    return;
  }
  const [title, words] = [figure.querySelector('h3')!, figure.querySelector('.words')!];
  words.textContent = chartSentences(chart);
  figure.querySelector('.frame')!.outerHTML = chartFrame(chart, `${title.id} ${words.id}`, document);
  const { head, rows } = chartTable(chart);
  const table = figure.querySelector('details table');
  if (!table) return;
  figure.querySelector('details .cut')?.remove();
  table.querySelector('thead tr')!.replaceChildren(...head.map((label) => element('th', { scope: 'col', dir: 'auto' }, label)));
  table.querySelector('tbody')!.innerHTML = wordsBody(rows.slice(-TABLE_ROWS));
}

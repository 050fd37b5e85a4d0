import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1280, height: 900 };

interface Visit {
  page: Page;
  /** Console errors (among them what the content security policy refused), exceptions, and requests to other hosts. */
  problems: string[];
}

/** Opens a page and listens to everything that should not happen. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: PHONE, ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => new URL(request.url()).origin !== new URL(url).origin && problems.push(`request to ${request.url()}`));
  await page.goto(url);
  if (options.javaScriptEnabled !== false) await page.evaluate('document.fonts.ready.then(() => null)');
  return { page, problems };
}

/** What sticks out of the window sideways, apart from what scrolls within a region of its own. */
export async function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const sideways = document.documentElement.scrollWidth > width ? [`the page scrolls to ${document.documentElement.scrollWidth}`] : [];
    const own = '.scroll, .hidden, .skip, pre, .prose table';
    const out = [...document.body.querySelectorAll('*')].filter((element) => {
      if (element.closest(own) || element.closest('svg')) return false;
      const { left, right, width: wide } = element.getBoundingClientRect();
      return wide > 0 && (right > width + 1 || left < -1);
    });
    return [...sideways, ...out.map((element) => `${element.tagName}.${element.className} ${element.textContent.slice(0, 40)}`)];
  });
}

/** Words of the documentation's tables that a line end cuts in two. */
export async function brokenWords(page: Page): Promise<string[]> {
  return page.evaluate(() => [...document.querySelectorAll('.docs .prose :is(th, td)')].flatMap((cell) => {
    const broken: string[] = [];
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      for (const { 0: word, index } of text.textContent!.matchAll(/[\p{L}\p{N}]+/gu)) {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) broken.push(word);
      }
    }
    return broken;
  }));
}

/** Text of a drawing that leaves its card. */
export async function clippedLabels(page: Page): Promise<string[]> {
  return page.evaluate(() => [...document.querySelectorAll('.chart')].flatMap((chart) => {
    const card = chart.getBoundingClientRect();
    return [...chart.querySelectorAll('svg text')].filter((text) => {
      const { left, right, width } = text.getBoundingClientRect();
      return width > 0 && (left < card.left - 1 || right > card.right + 1);
    }).map((text) => text.textContent);
  }));
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeViolation {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

/**
 * Takes out rows and items that are made like three before them in the same table or list: equal but for text
 * that is there, and addresses. Axe takes as long for each as for the first. Three, since every second may have a colour of its own.
 */
export async function dropAlike(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const list of document.querySelectorAll('tbody, ol, ul')) {
      const seen = new Map<string, number>();
      for (const item of list.querySelectorAll(':scope > *')) {
        const made = item.outerHTML.replace(/>[^<]*[^<\s][^<]*/g, '>text').replace(/ (href|title|datetime|id)="[^"]+"/g, ' $1');
        const count = (seen.get(made) ?? 0) + 1;
        seen.set(made, count);
        if (count > 3) item.remove();
      }
    }
  });
}

/** Serious and critical violations that axe-core finds; `rules` limits what it looks for. The page loses rows that are alike. */
export async function violations(page: Page, rules: string[] = []): Promise<string[]> {
  await dropAlike(page);
  await page.evaluate(axe);
  const found = await page.evaluate(async (only) => {
    const { axe: runner } = globalThis as unknown as { axe: { run(options: object): Promise<{ violations: AxeViolation[] }> } };
    return (await runner.run(only.length > 0 ? { runOnly: only } : {})).violations;
  }, rules);
  return found.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary.replace(/\s+/g, ' ').slice(0, 240)}`));
}

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** CHROME_PATH, the system's Chromium or Chrome, Playwright's own, or the one within @sparticuz/chromium. */
async function executable(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const folders = (environment['PATH'] ?? '').split(delimiter);
  const candidates = [environment['CHROME_PATH'] ?? '', ...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), playwright.executablePath()];
  return candidates.find((file) => file && isExecutable(file)) ?? (await chromium.executablePath());
}

/** A Chromium without a window, which the caller closes. @throws Playwright’s own error where it does not start */
export async function launchBrowser(environment: NodeJS.ProcessEnv = process.env): Promise<Browser> {
  // A container's root has no sandbox of its own; the pages are ours.
  return playwright.launch({ executablePath: await executable(environment), args: ['--no-sandbox', '--disable-dev-shm-usage', '--hide-scrollbars'] });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/// <reference types="astro/client" />

interface ImportMetaEnv {
  /** Folder of the site's facts, absolute; set by astro.config.mjs. */
  readonly DAYBOOK_FACTS: string;
  /** JSON file that lists the ids of the reports to build, or empty for all. */
  readonly DAYBOOK_ONLY: string;
  /** Pages are drawn again and again from facts that change: `daybook start` alone says so. */
  readonly DAYBOOK_LIVE?: true;
}

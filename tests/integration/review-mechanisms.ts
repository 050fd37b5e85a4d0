/*
 * What stands against hostile pull requests, and which of tests/hostile each of them is tried by. The first of a row is told by day, so that
 * whoever breaks one of these sees it at once; the others are more ways to the same wall, told at night.
 */
export const MECHANISMS: { [mechanism: string]: readonly [byDay: string, ...atNight: string[]] } = {
  'a query is one statement': ['sql-several', 'sql-install'],
  'a query is a SELECT': ['sql-copy-to', 'sql-attach', 'sql-create-table', 'sql-explain-analyze', 'sql-export', 'sql-insert', 'sql-pragma', 'sql-prepare', 'sql-reset', 'sql-set', 'sql-summarize'],
  'functions that stand for a table are refused': ['sql-read-csv', 'sql-glob', 'sql-https-path', 'sql-logging', 'sql-query-function', 'sql-read-blob', 'sql-read-text', 'sql-sniff-csv', 'sql-hidden-in-replace'],
  'functions that tell of the machine are refused': ['sql-getenv', 'sql-setting'],
  'settings are locked': ['sql-set-config'],
  'clock and chance are refused': ['sql-clock-method', 'sql-clock', 'sql-random', 'sql-sample'],
  'tables are the sources that a report declares': ['sql-other-source', 'sql-attached-catalog', 'sql-file-as-table'],
  'names of WITH are tables where the engine has them so': ['sql-with-itself', 'sql-with-kelvin'],
  'a query is whole by itself': ['sql-open-comment', 'sql-unbalanced'],
  'macros are read as queries are': ['sql-macro-reads', 'sql-macro-default', 'sql-macro-catalog'],
  'macros take no name of others': ['sql-macro-builtin', 'sql-macro-source'],
  'macros do not call themselves': ['sql-macro-recursion'],
  'reports that a macro reaches are reviewed': ['sql-macro-again', 'sql-macro-breaks'],

  'queries are stopped, by the limits of the base': ['limit-raised', 'limit-cross-join', 'limit-recursion', 'policy-old-base'],
  'queries have so much memory': ['limit-columns', 'limit-list', 'limit-repeat', 'limit-macro-bomb'],
  'results have so many rows and bytes': ['limit-bytes', 'limit-rows'],
  'what only reads SQL is stopped too': ['limit-comments', 'limit-dollars', 'limit-in-list'],
  'brackets of SQL are so deep': ['limit-parentheses'],
  'YAML stands for so much': ['limit-yaml-aliases', 'limit-yaml-wide', 'limit-yaml-nested', 'limit-yaml-keys'],
  'definitions are so large': ['limit-yaml-large', 'limit-lines'],
  'patterns of files are simple': ['limit-pattern'],
  'schedules come, and are found soon': ['limit-schedule'],
  'a document holds the worst, and says what it leaves out': ['limit-reports', 'limit-columns-compared', 'text-megabyte', 'text-megabyte-value'],

  'YAML is data': ['yaml-function', 'yaml-twice'],
  'no key is everybody’s own': ['yaml-proto', 'yaml-proto-names', 'yaml-proto-proto', 'yaml-merge'],
  'formats are no work': ['yaml-format'],
  'addresses are of the web': ['yaml-address'],
  'a query lies below queries/': ['yaml-query-outside'],
  'no command is run': ['yaml-prepare-new', 'yaml-prepare'],

  'snapshots are the job’s': ['file-snapshot-capital', 'file-snapshot', 'file-snapshot-delete'],
  'links are not followed': ['file-link-data', 'file-link-folder', 'file-link-instance', 'file-link-narrative', 'file-link-query', 'file-link-yaml', 'source-linked'],
  'submodules are none': ['file-submodule'],
  'names are plain': ['file-direction', 'file-newline'],
  'names do not shift what Git answers': ['file-shift'],
  'paths stay where they are': ['file-dots', 'file-dot-git'],
  'names are told apart on every machine': ['file-twins', 'file-long-s', 'file-short-name', 'file-unicode-twins', 'file-capital-package'],
  'definitions have an id': ['file-id-reserved', 'file-id-long', 'file-id-spaces', 'file-id-dots'],
  'one id is one report': ['file-twin-yaml'],
  'programs and what steers them are told': ['file-workflow', 'file-scripts', 'file-package', 'file-npmrc', 'file-lock', 'file-attributes', 'file-attributes-below', 'file-mode'],
  'programs among definitions are told': ['file-program-below'],
  'a report under another id is the same': ['file-renamed'],

  'sources lie below their folders': ['source-parent', 'source-absolute'],
  'sources read nothing hidden': ['source-env', 'source-git-config', 'source-daybook', 'source-everything'],
  'sources lead nowhere else': ['source-through'],
  'sources have the folders of the base': ['source-roots'],
  'what a source says is no SQL': ['source-type', 'source-option'],
  'changed data is told apart from changed definitions': ['source-swapped', 'source-data'],

  'rules are those of the base': ['policy-gates-off', 'policy-thresholds', 'policy-waiver'],
  'a report asks for no less than the instance': ['policy-lax-report'],
  'what no result shows is told': ['policy-legal-hold', 'policy-approval', 'policy-instance', 'policy-ledger-keys'],
  'checks ask for no less': ['policy-check'],
  'the key stays': ['policy-key'],
  'people are marked as before': ['policy-personal', 'policy-personal-moved'],
  'messages name nobody': ['policy-personal-key', 'policy-personal-error'],
  'metrics tell of nobody': ['policy-personal-metric'],
  'columns tell of nobody, whatever they are called': ['policy-personal-renamed'],

  'text in Markdown is code': ['text-values-changed', 'text-columns', 'text-label', 'text-owner', 'text-title', 'text-values', 'text-narrative', 'text-syntax'],
  'a block of code ends where it should': ['text-sql'],
  'a log takes no command from text': ['text-title-lines', 'text-error'],
  'a line is one': ['text-separators'],
};

/** Told by day: one for each mechanism. */
export const BY_DAY: ReadonlySet<string> = new Set(Object.values(MECHANISMS).map(([byDay]) => byDay));

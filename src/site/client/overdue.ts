/*
 * Pages are built without a clock. In a browser, a time that is past is marked in words; without
 * script the time itself says as much.
 */
const now = Date.now();

for (const time of document.querySelectorAll<HTMLTimeElement>('time.due')) {
  if (Date.parse(time.dateTime) >= now) continue;
  const mark = document.createElement('strong');
  mark.className = 'overdue';
  mark.textContent = ' overdue';
  time.after(mark);
}

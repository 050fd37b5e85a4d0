import { parseHTML } from 'linkedom';

/** Makes the elements of charts while pages are built: there is no browser. */
export const { document } = parseHTML('<!doctype html><html><body></body></html>');

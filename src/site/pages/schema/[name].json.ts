import type { APIRoute, GetStaticPaths } from 'astro';
import instance from '../../../report/schema/instance.json?raw';
import report from '../../../report/schema/report.json?raw';
import source from '../../../report/schema/source.json?raw';
import review from '../../../review/schema/review.json?raw';

/** The schemas as `npm run generate` writes them: who reads what Daybook wrote, or writes what it reads, may be elsewhere. */
const SCHEMAS: { [name: string]: string } = { instance, report, source, review };

export const getStaticPaths: GetStaticPaths = () => Object.keys(SCHEMAS).map((name) => ({ params: { name } }));

export const GET: APIRoute = ({ params }) => new Response(SCHEMAS[params['name']!]);

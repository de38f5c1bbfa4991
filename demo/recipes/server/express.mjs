/** Express 5 and 4. */
import express from 'express';
import { toNode } from 'oss-resumable/server';
import { handler } from './handler.mjs';

const app = express();
// Before or behind `express.json()`: both work.
app.all('/oss', toNode(handler));

// Your pages, and the library for those without a bundler.
app.use(express.static('public'));
app.use('/oss-resumable', express.static('node_modules/oss-resumable/dist'));

const server = app.listen(process.env.PORT ?? 3000, () => console.log(`http://localhost:${server.address().port}`));

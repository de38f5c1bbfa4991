/** Express 5 and 4. */
import express from 'express';
import { toNode } from 'oss-resumable/server';
import { handler } from './handler.mjs';

const app = express();
// Before or behind `express.json()`: both work.
app.all('/oss', toNode(handler));

const server = app.listen(process.env.PORT ?? 3000, () => console.log(`http://localhost:${server.address().port}`));

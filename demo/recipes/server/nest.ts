/** NestJS: `main.ts`. */
import { NestFactory } from '@nestjs/core';
import { toNode } from 'oss-resumable/server';
import { AppModule } from './app.module';
import { handler } from './handler.mjs';

const app = await NestFactory.create(AppModule);
app.use('/oss', toNode(handler));
await app.listen(process.env['PORT'] ?? 3000);

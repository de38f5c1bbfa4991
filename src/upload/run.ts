import { planParts } from '../core/plan.js';
import type { UploadResult } from '../core/state.js';
import { createActivity } from './activity.js';
import type { Run } from './engine.js';
import type { Job, Means } from './job.js';
import { uploadMultipart } from './multipart.js';
import { uploadSmall } from './put.js';

/** Runs an upload to its end: in one request, or in parts. */
export function runUpload(run: Run, means: Means): Promise<UploadResult> {
  const job: Job = { ...run, ...means, activity: createActivity(run.dispatch, run.signal) };
  const isSmall = planParts(run.upload.file.size, run.upload.partSize).count === 1;
  return isSmall ? uploadSmall(job) : uploadMultipart(job);
}

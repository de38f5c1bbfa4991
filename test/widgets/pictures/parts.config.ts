/** `npx playwright test -c test/widgets/pictures/parts.config.ts`, after `npm run build`: draws the pictures in the README of `<oss-upload>`. */
import pictures from './playwright.config.js';

export default { ...pictures, testMatch: 'parts.ts' };

import { describe, expect, it } from 'vitest';
import { isAccepted } from '../../../src/element/accept.js';

const accepts = (accept: string, name: string, type = ''): boolean => isAccepted({ name, type }, accept);

describe('a token of accept', () => {
  it.each([
    ['', 'anything', ''],
    ['image/*', 'photo.png', 'image/png'],
    ['IMAGE/PNG', 'photo', 'image/PNG'],
    ['.PDF, .docx', 'paper.pdf', ''],
    ['.tar.gz', 'a.tar.gz', 'application/gzip'],
    ['*/*', 'anything', ''],
  ])('%j takes %s of type %j', (accept, name, type) => {
    expect(accepts(accept, name, type)).toBe(true);
  });

  it.each([
    ['image/*', 'film.mp4', 'video/mp4'],
    ['image/png', 'photo.jpg', 'image/jpeg'],
    ['.pdf', 'paper.docx', ''],
    ['image', 'photo.png', 'image/png'],
  ])('%j refuses %s of type %j', (accept, name, type) => {
    expect(accepts(accept, name, type)).toBe(false);
  });
});

describe('a file whose type the browser doesn’t know', () => {
  it.each([
    ['image/*', 'IMG_0042.HEIC'],
    ['image/heic', 'IMG_0042.heic'],
    ['image/*,.pdf', 'scan.dng'],
    ['video/*', 'film.mkv'],
    ['audio/*', 'song.flac'],
    ['image/jpeg', 'photo.jpg'],
    ['image/tiff', 'scan.tif'],
    ['video/quicktime', 'film.mov'],
    ['video/x-matroska', 'film.mkv'],
    ['video/x-ms-wmv', 'film.wmv'],
    ['video/x-m4v', 'film.m4v'],
    ['video/mp4', 'film.m4v'],
    ['audio/x-m4a', 'song.m4a'],
    ['audio/mp4', 'song.m4a'],
    ['audio/mpeg', 'song.mp3'],
    ['audio/mp3', 'song.mp3'],
  ])('%j takes %s by its extension', (accept, name) => {
    expect(accepts(accept, name)).toBe(true);
    expect(accepts(accept, name, 'application/octet-stream')).toBe(true);
  });

  it.each([
    ['image/*', 'program.exe'],
    ['image/*', 'film.mkv'],
    ['image/*', 'heic'],
    ['image/*', 'photo.heic.exe'],
    ['image/png', 'IMG_0042.heic'],
    ['video/mp4', 'film.mov'],
    ['application/pdf', 'IMG_0042.heic'],
  ])('%j still refuses %s', (accept, name) => {
    expect(accepts(accept, name)).toBe(false);
  });

  it('a known type outweighs the extension', () => {
    expect(accepts('image/*', 'program.png', 'application/x-msdownload')).toBe(false);
  });
});

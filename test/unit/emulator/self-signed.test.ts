import { X509Certificate } from 'node:crypto';
import { createServer, connect } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { selfSigned } from '../../../src/emulator/self-signed.js';

const HOSTS = ['localhost', 'demo-bucket.localhost', '127.0.0.1', '::1', '2001:db8::8:800:200c:417a'];

describe('a certificate that signs itself', () => {
  it('is one that Node reads: names, addresses, time, signature', () => {
    const certificate = new X509Certificate(selfSigned(HOSTS).cert);
    for (const host of ['localhost', 'demo-bucket.localhost']) expect(certificate.checkHost(host)).toBe(host);
    for (const address of ['127.0.0.1', '::1', '2001:db8::8:800:200c:417a']) expect(certificate.checkIP(address)).toBe(address);
    expect(certificate.checkHost('other.localhost')).toBeUndefined();
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    const days = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / 86_400_000;
    expect(days).toBe(397);
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
  });

  it('is long enough for a hundred names, which need lengths of two bytes', () => {
    const hosts = Array.from({ length: 100 }, (_, n) => `bucket-${n}.localhost`);
    expect(new X509Certificate(selfSigned(hosts).cert).checkHost('bucket-99.localhost')).toBe('bucket-99.localhost');
  });

  it('is trusted by who is given it, and by nobody else', async () => {
    const { cert, key } = selfSigned(HOSTS);
    const server = createServer({ cert, key }, (socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    server.on('tlsClientError', () => {});
    const { port } = server.address() as AddressInfo;
    const shake = (ca?: string): Promise<boolean> =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ...(ca !== undefined && { ca }) }, () => {
          resolve(socket.authorized);
          socket.destroy();
        });
        socket.on('error', reject);
      });
    expect(await shake(cert)).toBe(true);
    await expect(shake()).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    await expect(shake(selfSigned(HOSTS).cert)).rejects.toThrow();
    server.close();
  });
});

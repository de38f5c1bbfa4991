import { describe, expect, test, vi } from 'vitest';
import { createNetwork } from '../../src/browser/network.js';

describe('createNetwork', () => {
  test('reads navigator.onLine each time', () => {
    const network = createNetwork();
    expect(network.isOnline()).toBe(true);
    const online = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
    expect(network.isOnline()).toBe(false);
    online.mockRestore();
  });

  test('tells every subscriber of each change until it unsubscribes', () => {
    const network = createNetwork();
    const a = vi.fn();
    const b = vi.fn();
    const stopA = network.subscribe(a);
    const stopB = network.subscribe(b);
    window.dispatchEvent(new Event('offline'));
    stopA();
    window.dispatchEvent(new Event('online'));
    stopB();
    window.dispatchEvent(new Event('offline'));
    expect(a.mock.calls).toEqual([[false]]);
    expect(b.mock.calls).toEqual([[false], [true]]);
  });

  test('listens to the window only while somebody is subscribed', () => {
    const add = vi.spyOn(window, 'addEventListener');
    const remove = vi.spyOn(window, 'removeEventListener');
    const network = createNetwork();
    expect(add).not.toHaveBeenCalled();
    const stops = [network.subscribe(() => {}), network.subscribe(() => {})];
    for (const stop of stops) stop();
    expect(add).toHaveBeenCalled();
    expect(remove.mock.calls).toEqual(add.mock.calls);
    vi.restoreAllMocks();
  });

  test('keeps one subscription of a listener that subscribed twice', () => {
    const network = createNetwork();
    const listener = vi.fn();
    const stop = network.subscribe(listener);
    const stopOther = network.subscribe(listener);
    stop();
    window.dispatchEvent(new Event('offline'));
    stopOther();
    expect(listener).toHaveBeenCalledTimes(1);
  });
});

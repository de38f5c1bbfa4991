import { afterEach, describe, expect, test, vi } from 'vitest';
import { createEmitter } from '../../../src/core/emitter.js';

describe('createEmitter', () => {
  afterEach(() => void vi.unstubAllGlobals());

  test('calls listeners in the order they came, with the value', () => {
    const calls: string[] = [];
    const { subscribe, emit } = createEmitter<number>();
    subscribe((value) => calls.push(`a${value}`));
    subscribe((value) => calls.push(`b${value}`));
    emit(1);
    emit(2);
    expect(calls).toEqual(['a1', 'b1', 'a2', 'b2']);
  });

  test('calls nobody after the unsubscriber, which may be called twice', () => {
    const [gone, stays] = [vi.fn(), vi.fn()];
    const { subscribe, emit } = createEmitter();
    const off = subscribe(gone);
    subscribe(stays);
    off();
    off();
    emit();
    expect(gone).not.toHaveBeenCalled();
    expect(stays).toHaveBeenCalledTimes(1);
  });

  test('the same function subscribed twice is called twice, and each unsubscriber ends one of them', () => {
    const listener = vi.fn();
    const { subscribe, emit } = createEmitter();
    const off = subscribe(listener);
    subscribe(listener);
    emit();
    expect(listener).toHaveBeenCalledTimes(2);
    off();
    off();
    emit();
    expect(listener).toHaveBeenCalledTimes(3);
  });

  test("a listener that throws doesn't keep the others from hearing, and is reported as uncaught", () => {
    const reported: (() => void)[] = [];
    vi.stubGlobal('queueMicrotask', (callback: () => void) => void reported.push(callback));
    const other = vi.fn();
    const { subscribe, emit } = createEmitter();
    subscribe(() => {
      throw new Error('listener');
    });
    subscribe(other);
    expect(() => emit()).not.toThrow();
    expect(other).toHaveBeenCalledTimes(1);
    expect(reported).toHaveLength(1);
    expect(reported[0]).toThrow('listener');
  });

  test('who subscribes while listeners are called hears from the next time on', () => {
    const late = vi.fn();
    const { subscribe, emit } = createEmitter();
    const off = subscribe(() => {
      off();
      subscribe(late);
    });
    emit();
    expect(late).not.toHaveBeenCalled();
    emit();
    expect(late).toHaveBeenCalledTimes(1);
  });
});

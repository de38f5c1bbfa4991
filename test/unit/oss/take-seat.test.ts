import { expect, test, vi } from 'vitest';
import { type Seat, takeSeat } from '../../../src/oss/take-seat.js';

const ORIGIN = 'https://examplebucket.oss-cn-hangzhou.aliyuncs.com';

/** So many requests, one after the other; each with what it is called when its turn comes. */
function take(count: number, origin = ORIGIN): { seat: Seat; onTurn: ReturnType<typeof vi.fn<() => void>> }[] {
  return Array.from({ length: count }, () => {
    const onTurn = vi.fn<() => void>();
    return { seat: takeSeat(origin, onTurn), onTurn };
  });
}

const queued = (seats: { seat: Seat }[]): boolean[] => seats.map(({ seat }) => seat.isQueued());
const leave = (seats: { seat: Seat }[]): void => {
  for (const { seat } of seats) seat.leave();
};

test('six requests to an origin have connections, those after them may be in the browser’s queue', () => {
  const seats = take(8);
  expect(queued(seats)).toEqual([false, false, false, false, false, false, true, true]);
  leave(seats);
});

test('when one ends, the oldest of those takes its turn, and only that', () => {
  const seats = take(8);
  seats[2]?.seat.leave();
  expect(queued(seats.slice(6))).toEqual([false, true]);
  expect(seats.map(({ onTurn }) => onTurn.mock.calls.length)).toEqual([0, 0, 0, 0, 0, 0, 1, 0]);
  leave(seats);
});

test('one that shows life has a connection, wherever it stands: HTTP/2 has one for all', () => {
  const seats = take(8);
  seats[7]?.seat.live();
  expect(queued(seats.slice(6))).toEqual([true, false]);
  seats[6]?.seat.leave();
  seats[0]?.seat.leave();
  expect(seats[7]?.onTurn).not.toHaveBeenCalled();
  leave(seats);
});

test('leaving from the queue, or twice, moves nobody up', () => {
  const seats = take(8);
  seats[6]?.seat.leave();
  seats[6]?.seat.leave();
  expect(seats[7]?.onTurn).not.toHaveBeenCalled();
  expect(queued(seats.slice(7))).toEqual([true]);
  leave(seats);
});

test('each origin has its own', () => {
  const [busy, other] = [take(6), take(1, 'https://elsewhere.example')];
  expect(queued(other)).toEqual([false]);
  leave([...busy, ...other]);
  // Nothing is remembered of requests that are over.
  const fresh = take(6);
  expect(queued(fresh)).not.toContain(true);
  leave(fresh);
});

import type {DeliverySnapshot, SubscriberReceipts} from '../measure/delivery-receipts.js';

/**
 * Of publishers that are not part of the run it is not known what they sent: each at least everything up to the highest number that
 * anyone got, and each subscriber should have got of its streams what came between.
 */
export function receiptsOfAny({subscribers}: DeliverySnapshot): DeliverySnapshot {
  const sent = new Map<number, number>();
  for (const {streams} of subscribers)
    for (const {stream, ranges} of streams)
      sent.set(stream, Math.max(sent.get(stream) ?? 0, ranges.at(-1) ?? 0));
  return {subscribers: subscribers.map(expectingItsStreams), sent: [...sent]};
}

const expectingItsStreams = (receipts: SubscriberReceipts): SubscriberReceipts => ({
  ...receipts,
  expects: receipts.streams.flatMap(({stream}) => [stream, stream + 1]),
});

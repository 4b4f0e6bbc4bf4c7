import {Box, Text} from 'ink';
import type {ReactElement} from 'react';
import {Findings, findingTexts} from './findings.js';
import {Header} from './header.js';
import {Latencies} from './latencies.js';
import type {ScreenProps} from './screen-props.js';
import {TRAFFIC_LINES, Traffic} from './traffic.js';

const HEADER_LINES = 2;

/** All of a load test at one moment, never higher than `rows` less one: the cursor stands on the last line. */
export function LiveScreen(props: ScreenProps & {readonly rows: number}): ReactElement {
  const {view, paint, rows} = props;
  const wanted = {latencies: view.latencies.length + 2, findings: findingTexts(view, paint).length};
  const lines = shared(rows - 1 - HEADER_LINES - TRAFFIC_LINES, wanted);
  return (
    <Box flexDirection="column">
      <Header {...props} />
      {lines.gap && <Text> </Text>}
      {rows > HEADER_LINES + TRAFFIC_LINES && <Traffic {...props} />}
      {lines.gap && <Text> </Text>}
      {lines.latencies > 2 && <Latencies {...props} lines={lines.latencies} />}
      {lines.gap && <Text> </Text>}
      {lines.findings > 0 && <Findings {...props} lines={lines.findings} />}
    </Box>
  );
}

const GAPS = 3;

/** Findings get what they need before latencies do, but one latency is always worth its three lines. */
function shared(
  left: number,
  wanted: {readonly latencies: number; readonly findings: number},
): {readonly latencies: number; readonly findings: number; readonly gap: boolean} {
  const gap = left >= wanted.latencies + wanted.findings + GAPS;
  if (gap) return {...wanted, gap};
  const findings = Math.max(0, Math.min(wanted.findings, left - Math.min(3, wanted.latencies)));
  return {latencies: Math.min(wanted.latencies, left - findings), findings, gap};
}

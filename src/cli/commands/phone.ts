import type { Command } from 'commander';
import { optionFlags } from '../../scenario/flag-shape.ts';
import { SCENARIO_OPTIONS } from '../../scenario/options.ts';
import type { PhoneFlags } from '../boot-phone.ts';

/** Scenario keys that make sense for one phone. */
const PHONE_OPTIONS: readonly string[] = [
  'model',
  'protocol-version',
  'flash',
  'certificates',
  'capf-password-file',
  'seed',
  'compression',
  'skip',
  'dhcp',
  'dhcp-reply-port',
  'relay-addresses',
  'dns',
  'tftp',
  'file-transport',
  'callmanagers',
  'source-addresses',
  'known-phones',
  'auto-registration',
  'keepalive',
];

/** `bootstorm phone DEVICE`: one boot, every step and message. */
export function addPhoneCommand(program: Command): void {
  const command = program
    .command('phone')
    .description('boot one phone and print every step and every message, decoded, one line each')
    .argument('<device>', 'MAC or device name, such as SEP001122334455')
    .argument(
      '[scenario]',
      'whose settings and lab are taken; its ramp, power, events and thresholds are not',
    );
  for (const option of SCENARIO_OPTIONS) {
    if (PHONE_OPTIONS.includes(option.name)) command.option(optionFlags(option), option.description);
  }
  command
    .option('--lab', 'against an embedded lab that is started for this phone')
    .option('--hold <duration>', 'stay in service so long', '3s')
    .option('--timeout <duration>', 'break the boot off after this', '60s')
    .option('--boots <count>', 'give up after so many boots', '1')
    .option('--modelled', 'take the modelled time of steps 1 to 3 (power, image, VLAN) too')
    .option(
      '--pcap <file>',
      'write what was said as a capture file; IP and TCP headers are made up around the real payloads, and TLS is left out: `tshark -d tcp.port==2443,skinny` reads secured SCCP',
    )
    .option(
      '--key-log <file>',
      'write the secrets of TLS connections, for Wireshark and a capture of your own: whoever has the file reads all',
    )
    .option('--record <file>', 'write events and effects, for `bootstorm replay`')
    .action(async (device: string, file: string | undefined, flags: PhoneFlags) => {
      const { bootPhone } = await import('../boot-phone.ts');
      await bootPhone(device, file, flags);
    });
  program
    .command('replay')
    .description('boot a phone on the events of a recording, and compare what it does, byte for byte')
    .argument('<file>', 'a file that `bootstorm phone --record` wrote')
    .option('--certificates <folder>', 'those that the phone had; default: the folder where they were then')
    .action(async (file: string, flags: { readonly certificates?: string }) => {
      const { replay } = await import('../replay.ts');
      await replay(file, flags);
    });
}

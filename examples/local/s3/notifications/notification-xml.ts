import { invalidArgument, malformedXml } from "../s3-error.ts";
import { childrenOf, optionalText, readXml, requiredText, type XmlNode } from "../xml-read.ts";
import { type XmlField, xmlDocument } from "../xml-write.ts";
import {
  checkedConfiguration,
  DESTINATIONS,
  type NotificationConfiguration,
  type NotificationTarget,
} from "./notification-rules.ts";

/**
 * Reads a NotificationConfiguration.
 *
 * @throws S3Error MalformedXML; InvalidArgument for an ARN, event or filter that S3 refuses; NotImplemented for
 * events that never happen here.
 */
export function readNotificationConfiguration(xml: string): NotificationConfiguration {
  const of = childrenOf(readXml(xml, "NotificationConfiguration"), [
    ...Object.values(DESTINATIONS).map(({ element }) => element),
    "EventBridgeConfiguration",
  ]);
  const targets = IN_ORDER.flatMap((destination) =>
    of[DESTINATIONS[destination].element].map((node, index) =>
      readTarget(destination, node, `${destination}-${index + 1}`),
    ),
  );
  return checkedConfiguration({ targets, eventBridge: of.EventBridgeConfiguration.length > 0 });
}

/** The document that reads back as this configuration. */
export function writeNotificationConfiguration(configuration: NotificationConfiguration): string {
  const targets = configuration.targets.map((target): XmlField => {
    const rules = [
      ["prefix", target.prefix],
      ["suffix", target.suffix],
    ].filter(([, value]) => value !== "");
    return [
      DESTINATIONS[target.destination].element,
      [
        ["Id", target.id],
        [target.destination, target.arn],
        ...target.events.map((event): XmlField => ["Event", event]),
        [
          "Filter",
          rules.length === 0
            ? undefined
            : [
                [
                  "S3Key",
                  rules.map(
                    ([name, value]): XmlField => [
                      "FilterRule",
                      [
                        ["Name", name],
                        ["Value", value],
                      ],
                    ],
                  ),
                ],
              ],
        ],
      ],
    ];
  });
  return xmlDocument("NotificationConfiguration", [
    ...targets,
    ["EventBridgeConfiguration", configuration.eventBridge ? [] : undefined],
  ]);
}

function readTarget(
  destination: NotificationTarget["destination"],
  node: XmlNode,
  defaultId: string,
): NotificationTarget {
  const of = childrenOf(node, ["Id", "Event", "Filter", destination]);
  const [filter] = of.Filter;
  if (of.Event.length === 0) throw malformedXml();
  return {
    id: optionalText(of.Id) || defaultId,
    destination,
    arn: requiredText(of[destination]),
    events: of.Event.map((event) => event.text),
    ...readFilter(filter),
  };
}

function readFilter(filter: XmlNode | undefined): { readonly prefix: string; readonly suffix: string } {
  const found: Record<string, string> = {};
  for (const s3Key of filter === undefined ? [] : childrenOf(filter, ["S3Key"]).S3Key) {
    for (const rule of childrenOf(s3Key, ["FilterRule"]).FilterRule) {
      const of = childrenOf(rule, ["Name", "Value"]);
      const name = requiredText(of.Name).toLowerCase();
      if (name !== "prefix" && name !== "suffix") {
        throw invalidArgument("FilterRule.Name", name, "filter rule name must be either prefix or suffix");
      }
      if (found[name] !== undefined) {
        throw invalidArgument(
          "FilterRule.Name",
          name,
          `Cannot specify more than one ${name} rule in a filter.`,
        );
      }
      found[name] = requiredText(of.Value);
    }
  }
  return { prefix: found["prefix"] ?? "", suffix: found["suffix"] ?? "" };
}

const IN_ORDER: readonly NotificationTarget["destination"][] = ["Queue", "Topic", "CloudFunction"];

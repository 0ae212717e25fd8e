using System.Xml;
using Sim.Runs;
using static Sim.Reports.RunJsonNames;

namespace Sim.Reports;

/// <summary>The judgements of a run as JUnit XML: one test case each.</summary>
public static class JUnitReport
{
    /// <summary>Writes the document.</summary>
    public static void Write(RunResult result, TextWriter writer)
    {
        XmlWriterSettings settings = new() { Indent = true, NewLineChars = "\n", OmitXmlDeclaration = true };
        writer.Write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        using (XmlWriter xml = XmlWriter.Create(writer, settings))
        {
            string failures = CsvTables.Text(result.Judgements.Count(static j => !j.Held));
            xml.WriteStartElement("testsuites");
            xml.WriteStartElement("testsuite");
            xml.WriteAttributeString("name", Name(result.Stamp));
            xml.WriteAttributeString("tests", CsvTables.Text(result.Judgements.Count));
            xml.WriteAttributeString("failures", failures);
            xml.WriteAttributeString("errors", result.Verdict == Verdict.Interrupted ? "1" : "0");
            xml.WriteAttributeString("time", SecondsText(result.DurationNs));
            WriteProperties(xml, result);
            foreach (Judgement judgement in result.Judgements)
            {
                WriteCase(xml, judgement);
            }

            if (result.Verdict == Verdict.Interrupted)
            {
                xml.WriteElementString("system-err", VerdictLine.Reason(result));
            }

            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        writer.Write("\n");
    }

    private static string Name(RunStamp stamp) =>
        stamp.Variant.Length == 0 ? stamp.Scenario : stamp.Scenario + "/" + stamp.Variant;

    private static void WriteProperties(XmlWriter xml, RunResult result)
    {
        (string Name, string Value)[] properties =
        [
            ("version", result.Stamp.Version), ("istio", result.Stamp.Istio),
            ("seed", result.Stamp.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            ("input_hash", result.Stamp.InputHash), ("events_fingerprint", result.EventsFingerprint),
            ("results_fingerprint", result.ResultsFingerprint),
        ];
        xml.WriteStartElement("properties");
        foreach ((string name, string value) in properties)
        {
            xml.WriteStartElement("property");
            xml.WriteAttributeString("name", name);
            xml.WriteAttributeString("value", value);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void WriteCase(XmlWriter xml, Judgement judgement)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", judgement.Kind);
        xml.WriteAttributeString("name", judgement.Text);
        if (judgement.Span.IsKnown)
        {
            xml.WriteAttributeString("file", judgement.Span.File);
            xml.WriteAttributeString("line", CsvTables.Text(judgement.Span.Line));
        }

        if (!judgement.Held)
        {
            xml.WriteStartElement("failure");
            xml.WriteAttributeString("message", $"measured {judgement.Measured}, limit {judgement.Limit}");
            xml.WriteString(judgement.Detail.Length > 0 ? judgement.Detail : judgement.Span.ToString());
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }
}

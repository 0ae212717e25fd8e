using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>istiod's rules for Telemetries and ProxyConfigs.</summary>
/// <remarks>Istio: pkg/config/validation/validation.go#ValidateTelemetry, #ValidateProxyConfig. Simplified: of the
/// filter expressions of access logs only the empty one is refused.</remarks>
internal sealed class TelemetryRules(Findings f)
{
    private const string EmptyExpression = "must be a valid CEL expression, ERROR: <input>:1:0: Syntax error: " +
        "mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, " +
        "NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

    /// <summary>Checks a Telemetry.</summary>
    public void Check(YamlMapping document)
    {
        YamlNode? spec = document.At("spec");
        CheckSelector(spec);
        foreach (YamlNode metrics in spec.Items("metrics"))
        {
            CheckProviders(metrics);
            foreach (YamlNode item in metrics.Items("overrides"))
            {
                CheckOverride(item);
            }
        }

        IReadOnlyList<YamlNode> tracing = spec.Items("tracing");
        if (tracing.Count > 1)
        {
            f.Warn("multiple tracing is not currently supported", tracing[1].Span);
        }

        foreach (YamlNode item in tracing)
        {
            CheckTracing(item);
        }

        foreach (YamlNode log in spec.Items("accessLogging"))
        {
            if (log.At("filter") is { } filter && filter.Text("expression").Trim().Length == 0)
            {
                f.Error(EmptyExpression, filter.Span);
            }

            CheckProviders(log);
        }
    }

    /// <summary>Checks a ProxyConfig.</summary>
    public void CheckProxyConfig(YamlMapping document)
    {
        YamlNode? spec = document.At("spec");
        CheckSelector(spec);
        f.ErrorIf(spec.Number("concurrency") < 0, "concurrency must be greater than or equal to 0",
            spec.At("concurrency")?.Span ?? document.Span);
    }

    private void CheckSelector(YamlNode? spec)
    {
        if (spec.At("selector") is YamlMapping selector)
        {
            IstioRules.Selector(IstioRules.LabelsOf(selector.At("matchLabels")), selector.Span, f,
                "workload selector specified without labels");
        }
    }

    private void CheckProviders(YamlNode owner)
    {
        YamlNode? bad = owner.Items("providers").FirstOrDefault(static p => p.Text("name").Length == 0);
        if (bad is not null)
        {
            f.Error("providers.name may not be empty", bad.Span);
        }
    }

    private void CheckOverride(YamlNode item)
    {
        foreach (YamlEntry tag in item.Entries("tagOverrides"))
        {
            if (tag.Key.Length == 0)
            {
                f.Warn("tagOverrides.name may not be empty", tag.KeySpan);
            }

            if (tag.Value is not YamlMapping)
            {
                continue;
            }

            bool isRemove = tag.Value.Text("operation") == "REMOVE";
            bool hasValue = tag.Value.Text("value").Length > 0;
            f.ErrorIf(!isRemove && !hasValue, "tagOverrides.value must be set when operation is UPSERT",
                tag.Value.Span);
            f.ErrorIf(isRemove && hasValue, "tagOverrides.value may only be set when operation is UPSERT",
                tag.Value.Span);
        }

        // A metric beside it wins: the decoder keeps the last member of a choice.
        bool isEmpty = item.At("match", "customMetric") is YamlScalar { Value.Length: 0 };
        f.ErrorIf(isEmpty, "customMetric may not be empty", item.Span);
    }

    private void CheckTracing(YamlNode item)
    {
        if (item.Items("providers").Count > 1)
        {
            f.Warn("multiple providers is not currently supported", item.Span);
        }

        CheckProviders(item);
        double sampling = item.At("randomSamplingPercentage") is YamlScalar s ? ScalarValue.Of(s).Float : 0;
        f.ErrorIf(sampling is < 0 or > 100, "randomSamplingPercentage must be in range [0.0, 100.0]", item.Span);
        foreach (YamlEntry tag in item.Entries("customTags"))
        {
            f.ErrorIf(tag.Key.Length == 0, "tag name may not be empty", tag.KeySpan);
            CheckTag(tag.Value, "literal", "value", "literal tag value may not be empty");
            CheckTag(tag.Value, "header", "name", "header tag name may not be empty");
            CheckTag(tag.Value, "environment", "name", "environment tag name may not be empty");
        }
    }

    private void CheckTag(YamlNode tag, string kind, string field, string problem)
    {
        if (tag.At(kind) is { } value)
        {
            f.ErrorIf(value.Text(field).Length == 0, problem, value.Span);
        }
    }
}

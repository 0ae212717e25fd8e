using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>Turns what the layers said about a document into diagnostics.</summary>
internal static class AdmissionReport
{
    /// <summary>Writes every finding: errors of the refusing layers, warnings of the others.</summary>
    /// <remarks>Layers after the refusing one are reported too, so that one run shows all that must be
    /// repaired.</remarks>
    public static void Write(
        AdmissionOutcome outcome, YamlMapping document, AdmissionMode mode, DiagnosticBag diagnostics)
    {
        string resource = outcome.Object?.Resource ?? "";
        foreach (Objection o in outcome.Client.Errors)
        {
            diagnostics.Error("MS0102", o.Text, o.Span, o.Hint, resource);
        }

        foreach (Objection o in outcome.Fields.Errors)
        {
            Severity severity = mode == AdmissionMode.Strict ? Severity.Error : Severity.Warning;
            string hint = mode == AdmissionMode.Strict ? o.Hint
                : o.Hint.Length == 0 ? "pruned: it has no effect" : "pruned: it has no effect; " + o.Hint;
            diagnostics.Add(new Diagnostic("MS0103", severity, o.Text, o.Span, hint, resource));
        }

        foreach (Objection o in outcome.Schema.Errors)
        {
            string text = o.Field.Length == 0 || o.Field == "<nil>" ? o.Text : o.Field + ": " + o.Text;
            diagnostics.Error("MS0104", text, o.Span.IsKnown ? o.Span : document.Span, o.Hint, resource);
        }

        foreach (Objection o in outcome.Webhook.Errors)
        {
            Severity severity = mode == AdmissionMode.Lax ? Severity.Warning : Severity.Error;
            string hint = mode == AdmissionMode.Lax ? "kept: this cluster has no webhook" : o.Hint;
            SourceSpan span = o.Span.IsKnown ? o.Span : document.Span;
            diagnostics.Add(new Diagnostic("IST0106", severity, o.Text, span, hint, resource));
        }

        foreach (Objection o in outcome.Webhook.Warnings)
        {
            diagnostics.Warn("IST0133", o.Text, o.Span.IsKnown ? o.Span : document.Span, o.Hint, resource);
        }
    }
}

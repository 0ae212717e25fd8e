namespace Sim.Core;

/// <summary>How much a diagnostic weighs. The order is the order of the threshold option of <c>analyze</c>.</summary>
public enum Severity
{
    /// <summary>Worth knowing.</summary>
    Info,

    /// <summary>Probably not what was meant.</summary>
    Warning,

    /// <summary>Refused, or certainly not what was meant.</summary>
    Error,
}

/// <summary>One finding about the user's input.</summary>
/// <param name="Code">Istio's own code (<c>IST0101</c>) where istioctl has one, otherwise <c>MSnnnn</c>.</param>
/// <param name="Severity">How much it weighs.</param>
/// <param name="Message">A full sentence; where a real program says it, that program's text.</param>
/// <param name="Span">Where the offending value stands.</param>
/// <param name="Hint">What to do about it; empty when the message says it all.</param>
/// <param name="Resource">The object concerned, <c>Kind namespace/name</c>; empty when there is none.</param>
public sealed record Diagnostic(
    string Code, Severity Severity, string Message, SourceSpan Span, string Hint = "", string Resource = "")
{
    /// <summary>One line: <c>file:line: error MS0001: message (hint)</c>.</summary>
    public override string ToString()
    {
        string where = Span.IsKnown ? Span + ": " : "";
        string hint = Hint.Length == 0 ? "" : " (" + Hint + ")";
        return where + Severity.ToString().ToLowerInvariant() + " " + Code + ": " + Message + hint;
    }
}

/// <summary>Collects every finding, never only the first.</summary>
public sealed class DiagnosticBag
{
    private readonly List<Diagnostic> _items = [];

    /// <summary>All findings in the order they were made.</summary>
    public IReadOnlyList<Diagnostic> Items => _items;

    /// <summary>True when at least one finding is an error.</summary>
    public bool HasErrors => _items.Exists(static d => d.Severity == Severity.Error);

    /// <summary>Adds a finding.</summary>
    public void Add(Diagnostic diagnostic) => _items.Add(diagnostic);

    /// <summary>Adds several findings.</summary>
    public void AddRange(IEnumerable<Diagnostic> diagnostics) => _items.AddRange(diagnostics);

    /// <summary>Adds an error.</summary>
    public void Error(string code, string message, SourceSpan span, string hint = "", string resource = "") =>
        Add(new Diagnostic(code, Severity.Error, message, span, hint, resource));

    /// <summary>Adds a warning.</summary>
    public void Warn(string code, string message, SourceSpan span, string hint = "", string resource = "") =>
        Add(new Diagnostic(code, Severity.Warning, message, span, hint, resource));

    /// <summary>Adds a piece of information.</summary>
    public void Info(string code, string message, SourceSpan span, string hint = "", string resource = "") =>
        Add(new Diagnostic(code, Severity.Info, message, span, hint, resource));
}

using System.Globalization;
using Sim.Core;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Sim.Manifests;

/// <summary>Bounds that keep hostile input from costing more than its size.</summary>
/// <param name="MaxBytes">Largest file, in UTF-8 bytes or characters.</param>
/// <param name="MaxDepth">Deepest nesting.</param>
/// <param name="MaxNodes">Most nodes a file may expand to, aliases included.</param>
public sealed record YamlLimits(int MaxBytes = 16 << 20, int MaxDepth = 100, int MaxNodes = 2_000_000);

/// <summary>Reads YAML or JSON text into nodes with spans, through YamlDotNet's event parser.</summary>
/// <remarks>
/// A document that is no YAML stops the reading, as kubectl does: documents before it are kept. A repeated key keeps
/// the last value, as kubectl's conversion to JSON does, with finding MS0003.
/// </remarks>
public static class YamlReader
{
    /// <summary>Stands for a colon that starts a plain word while YamlDotNet reads; a private-use character.</summary>
    private const char LeadingColon = '\uE000';

    /// <summary>Reads all documents of a text. Empty documents are left out.</summary>
    /// <param name="text">The text.</param>
    /// <param name="file">Name for spans.</param>
    /// <param name="diagnostics">Receives MS0001 (syntax), MS0002 (bounds), MS0003 (repeated key).</param>
    /// <param name="limits">Bounds; null for the defaults.</param>
    public static IReadOnlyList<YamlNode> Read(
        string text, string file, DiagnosticBag diagnostics, YamlLimits? limits = null)
    {
        limits ??= new YamlLimits();
        var documents = new List<YamlNode>();
        if (text.Length > limits.MaxBytes)
        {
            diagnostics.Error("MS0002",
                string.Create(CultureInfo.InvariantCulture, $"the file is larger than {limits.MaxBytes} bytes"),
                new SourceSpan(file, 1, 1), "split it");
            return documents;
        }

        var state = new ReaderState(file, diagnostics, limits)
        {
            HasMarks = !text.Contains(LeadingColon, StringComparison.Ordinal),
            IsJson = JsonText.IsJson(text),
        };
        int control = IndexOfControlCharacter(text);
        if (control >= 0)
        {
            int line = text.AsSpan(0, control).Count('\n') + 1;
            diagnostics.Error("MS0001", "not valid YAML: control characters are not allowed",
                new SourceSpan(file, line, control - text.LastIndexOf('\n', control)),
                "documents before this one were read, this one and those after it were not");
            text = text[..Math.Max(0, text.AsSpan(0, control).LastIndexOf("\n---", StringComparison.Ordinal))];
        }

        try
        {
            var parser = new Parser(new StringReader(MarkLeadingColons(text.TrimStart('\uFEFF'))));
            parser.Consume<StreamStart>();
            while (!parser.TryConsume<StreamEnd>(out _))
            {
                parser.Consume<DocumentStart>();
                state.Anchors.Clear();
                YamlNode root = state.ReadNode(parser, 0);
                parser.Consume<DocumentEnd>();
                if (root is not YamlScalar { IsNull: true })
                {
                    documents.Add(root);
                }
            }
        }
        catch (YamlLimitException e)
        {
            diagnostics.Error("MS0002", e.Message, e.Span, "no cluster needs such a document");
        }
        catch (YamlException e)
        {
            diagnostics.Error("MS0001", "not valid YAML: " + Reason(e),
                new SourceSpan(file, (int)e.Start.Line, (int)e.Start.Column),
                "documents before this one were read, this one and those after it were not");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException
                                      or OverflowException or FormatException)
        {
            diagnostics.Error("MS0001", "not valid YAML: " + e.Message, new SourceSpan(file, 1, 1));
        }

        return documents;
    }

    /// <summary>The characters that YAML 1.1 forbids, as kubectl's reader refuses them.</summary>
    private static int IndexOfControlCharacter(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool isAllowed = c is >= ' ' and <= '~' or '\t' or '\n' or '\r' or '\u0085'
                or (>= '\u00A0' and < '\uFFFE');
            if (!isAllowed)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>
    /// Puts <see cref="LeadingColon"/> where a plain word starts with a colon (<c>:method: {exact: GET}</c>), which
    /// YAML allows and YamlDotNet does not take in block mappings. The columns stay, and every scalar gets its colons
    /// back; a text that has the mark of its own is left alone.
    /// </summary>
    private static string MarkLeadingColons(string text)
    {
        if (text.Contains(LeadingColon, StringComparison.Ordinal))
        {
            return text;
        }

        return string.Create(text.Length, text, static (target, source) =>
        {
            for (int i = 0; i < source.Length; i++)
            {
                bool leads = source[i] == ':' && i + 1 < source.Length && char.IsAsciiLetter(source[i + 1])
                    && (i == 0 || source[i - 1] is ' ' or '\n' or '{' or ',' or '[');
                target[i] = leads ? LeadingColon : source[i];
            }
        });
    }

    private static string Reason(YamlException e)
    {
        string message = e.Message;
        int colon = message.IndexOf("): ", StringComparison.Ordinal);
        return colon >= 0 && message.StartsWith('(') ? message[(colon + 3)..] : message;
    }

    private sealed class YamlLimitException(string message, SourceSpan span) : Exception(message)
    {
        public SourceSpan Span { get; } = span;
    }

    private sealed class ReaderState(string file, DiagnosticBag diagnostics, YamlLimits limits)
    {
        private int _nodes;

        /// <summary>Marks in scalars are to be turned back into colons.</summary>
        public bool HasMarks { get; init; }

        /// <summary>The text is JSON, which kubectl sends as it is.</summary>
        public bool IsJson { get; init; }

        public Dictionary<string, YamlNode> Anchors { get; } = new(StringComparer.Ordinal);

        private Dictionary<YamlNode, int> Sizes { get; } = new(ReferenceEqualityComparer.Instance);

        public YamlNode ReadNode(IParser parser, int depth)
        {
            ParsingEvent e = parser.Current ?? throw new YamlException("unexpected end");
            SourceSpan span = At(e);
            if (depth > limits.MaxDepth)
            {
                throw new YamlLimitException(string.Create(CultureInfo.InvariantCulture,
                    $"nested deeper than {limits.MaxDepth} levels"), span);
            }

            int before = _nodes;
            Count(1, span);
            if (parser.TryConsume<AnchorAlias>(out var alias) && alias is not null)
            {
                if (!Anchors.TryGetValue(alias.Value.Value, out YamlNode? target))
                {
                    throw new YamlException(e.Start, e.End, "unknown alias *" + alias.Value.Value);
                }

                Count(Sizes.GetValueOrDefault(target, 1), span);
                return target;
            }

            AnchorName anchor = (e as NodeEvent)?.Anchor ?? AnchorName.Empty;
            YamlNode node = e switch
            {
                Scalar => ReadScalar(parser, span),
                SequenceStart => ReadSequence(parser, span, depth),
                MappingStart => ReadMapping(parser, span, depth),
                _ => throw new YamlException(e.Start, e.End, "unexpected " + e.GetType().Name),
            };
            if (!anchor.IsEmpty)
            {
                Anchors[anchor.Value] = node;
                Sizes[node] = _nodes - before;
            }

            return node;
        }

        private YamlScalar ReadScalar(IParser parser, SourceSpan span)
        {
            Scalar s = parser.Consume<Scalar>();
            bool isString = s.Tag is { IsEmpty: false, IsNonSpecific: false }
                && s.Tag.Value.EndsWith(":str", StringComparison.Ordinal);
            return new YamlScalar(HasMarks ? s.Value.Replace(LeadingColon, ':') : s.Value,
                s.Style == ScalarStyle.Plain && !isString, span);
        }

        private YamlSequence ReadSequence(IParser parser, SourceSpan span, int depth)
        {
            parser.Consume<SequenceStart>();
            var items = new List<YamlNode>();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(ReadNode(parser, depth + 1));
            }

            return new YamlSequence(items, span);
        }

        private YamlMapping ReadMapping(IParser parser, SourceSpan span, int depth)
        {
            parser.Consume<MappingStart>();
            var entries = new List<YamlEntry>();
            var index = new Dictionary<string, int>(StringComparer.Ordinal);
            List<YamlMapping>? merges = null;
            List<YamlEntry>? repeated = null;
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                SourceSpan keySpan = At(parser.Current!);
                YamlNode key = ReadNode(parser, depth + 1);
                YamlNode value = ReadNode(parser, depth + 1);
                if (key is not YamlScalar scalar)
                {
                    diagnostics.Error("MS0001", "a key must be text, not a list or a mapping", keySpan);
                    continue;
                }

                if (scalar is { IsPlain: true, Value: "<<" } && TryMerge(value, ref merges))
                {
                    continue;
                }

                var entry = new YamlEntry(scalar.Value, keySpan, value);
                if (index.TryGetValue(scalar.Value, out int at))
                {
                    diagnostics.Warn("MS0003", $"the key \"{scalar.Value}\" is repeated: the last value is kept",
                        keySpan, $"the first one stands at {entries[at].KeySpan}; kubectl keeps the last without a " +
                            $"word");
                    (repeated ??= []).Add(entry);
                    entries[at] = entry;
                }
                else
                {
                    index.Add(scalar.Value, entries.Count);
                    entries.Add(entry);
                }
            }

            foreach (YamlMapping merge in merges ?? [])
            {
                foreach (YamlEntry e in merge.Entries)
                {
                    Count(1, span);
                    if (index.TryAdd(e.Key, entries.Count))
                    {
                        entries.Add(e);
                    }
                }
            }

            return IsJson && repeated is not null
                ? new YamlMapping(entries, span) { RepeatedJsonKeys = repeated } : new YamlMapping(entries, span);
        }

        private static bool TryMerge(YamlNode value, ref List<YamlMapping>? merges)
        {
            merges ??= [];
            if (value is YamlMapping m)
            {
                merges.Add(m);
                return true;
            }

            if (value is YamlSequence s && s.Items.All(static i => i is YamlMapping))
            {
                merges.AddRange(s.Items.Cast<YamlMapping>());
                return true;
            }

            return false;
        }

        private SourceSpan At(ParsingEvent e) => new(file, (int)e.Start.Line, (int)e.Start.Column);

        private void Count(int nodes, SourceSpan span)
        {
            _nodes += nodes;
            if (_nodes > limits.MaxNodes)
            {
                throw new YamlLimitException(string.Create(CultureInfo.InvariantCulture,
                    $"the document expands to more than {limits.MaxNodes} values"), span);
            }
        }
    }
}

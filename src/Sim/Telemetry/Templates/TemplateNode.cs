namespace Sim.Telemetry.Templates;

/// <summary>A piece of a template. <paramref name="At"/> is its index in the text.</summary>
internal abstract record TemplateNode(int At);

/// <summary>Text that is copied.</summary>
internal sealed record TextNode(int At, string Text) : TemplateNode(At);

/// <summary>A pipeline whose value is printed, unless it declares a variable.</summary>
internal sealed record ActionNode(int At, Pipeline Pipe) : TemplateNode(At);

/// <summary>The words that branch.</summary>
internal enum BranchKind
{
    If,
    Range,
    With,
}

/// <summary>A branch with its two lists.</summary>
internal sealed record BranchNode(
    int At, BranchKind Kind, Pipeline Pipe, IReadOnlyList<TemplateNode> Then, IReadOnlyList<TemplateNode> Else)
    : TemplateNode(At);

/// <summary>Commands that hand their values on, and the variables that take the last one.</summary>
internal sealed record Pipeline(
    int At, IReadOnlyList<string> Variables, bool IsAssignment, IReadOnlyList<Command> Commands);

/// <summary>A function or value with its arguments.</summary>
internal sealed record Command(int At, IReadOnlyList<Operand> Operands, string Text);

/// <summary>An argument.</summary>
internal abstract record Operand(int At);

/// <summary>A literal.</summary>
internal sealed record ConstantOperand(int At, object? Value) : Operand(At);

/// <summary>The dot, or fields of it.</summary>
internal sealed record FieldOperand(int At, IReadOnlyList<string> Fields) : Operand(At);

/// <summary>A variable, or fields of it.</summary>
internal sealed record VariableOperand(int At, string Name, IReadOnlyList<string> Fields) : Operand(At);

/// <summary>A function by name.</summary>
internal sealed record FunctionOperand(int At, string Name) : Operand(At);

/// <summary>A pipeline in parentheses, or fields of its value.</summary>
internal sealed record PipeOperand(int At, Pipeline Pipe, IReadOnlyList<string> Fields) : Operand(At);

/// <summary>What is wrong with a template, in Go's words. Never leaves <see cref="GoTemplate"/>.</summary>
internal sealed class TemplateException(string message) : Exception(message);
